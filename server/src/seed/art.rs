//! The 48 still-life pictures of the demo marketplace, drawn from parameters.
//!
//! No picture is downloaded and none is stored in the repository: 24 forms of
//! twelve kinds of object, each in two colourways, are written as SVG, turned
//! into pixels and encoded as WebP at each width a page asks for. The same
//! picture gives the same bytes every time.

mod built;
mod canvas;
mod sewn;
mod turned;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use resvg::{tiny_skia, usvg};

use canvas::{Canvas, Rgb};

/// The widths a picture is encoded at, in pixels, widest first. Heights
/// follow from the ratio of 4:5.
pub const WIDTHS: [u32; 5] = [1600, 1280, 960, 640, 320];

/// WebP quality. Flat shapes stay clean well below photographic settings.
const QUALITY: f32 = 80.0;

/// What kind of thing is on the picture; products are matched to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// A handled jug.
    Jug,
    /// A vase with olive branches.
    Vase,
    /// A wide footed bowl.
    Bowl,
    /// A handled mug.
    Mug,
    /// A long serving board with a handle.
    PaddleBoard,
    /// A round board.
    RoundBoard,
    /// A dome-shaded table lamp.
    TableLamp,
    /// A pendant lamp.
    Pendant,
    /// A folded throw with a fringe.
    Throw,
    /// A cushion.
    Cushion,
    /// A spindle-backed chair.
    Chair,
    /// A round stool.
    Stool,
    /// A glass carafe with a cork.
    Carafe,
    /// A pump bottle.
    PumpBottle,
    /// Two lidded boxes.
    Boxes,
    /// A woven basket.
    Basket,
    /// Kitchen knives on a rail.
    Knives,
    /// Cutlery in a cup.
    Cutlery,
    /// A broad-leaved plant in a pot.
    LeafyPlant,
    /// A snake plant in a planter.
    UprightPlant,
    /// A stack of books.
    BookStack,
    /// A notebook.
    Notebook,
    /// A laced low shoe.
    LowShoe,
    /// A Chelsea boot.
    Boot,
}

/// One of a form's two colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colourway {
    /// The colour as a shop writes it, "Sand".
    pub name: &'static str,
    /// The colour family a shopper filters by, "Beige".
    pub family: &'static str,
    /// The colour of the main material.
    main: Rgb,
    /// The colour of what goes with it: raw clay, a handle, a trim.
    second: Rgb,
}

impl Colourway {
    /// The main colour as `#rrggbb`, for swatches.
    pub fn hex(&self) -> String {
        self.main.to_string()
    }
}

const fn way(name: &'static str, family: &'static str, main: u32, second: u32) -> Colourway {
    Colourway { name, family, main: Rgb::hex(main), second: Rgb::hex(second) }
}

impl Form {
    /// Every form, in the order the pictures are numbered.
    pub const ALL: [Self; 24] = [
        Self::Jug,
        Self::Vase,
        Self::Bowl,
        Self::Mug,
        Self::PaddleBoard,
        Self::RoundBoard,
        Self::TableLamp,
        Self::Pendant,
        Self::Throw,
        Self::Cushion,
        Self::Chair,
        Self::Stool,
        Self::Carafe,
        Self::PumpBottle,
        Self::Boxes,
        Self::Basket,
        Self::Knives,
        Self::Cutlery,
        Self::LeafyPlant,
        Self::UprightPlant,
        Self::BookStack,
        Self::Notebook,
        Self::LowShoe,
        Self::Boot,
    ];

    /// The form's two colourways.
    pub fn colourways(self) -> &'static [Colourway; 2] {
        match self {
            Self::Jug => {
                const { &[way("Sand", "Beige", 0xd9bf94, 0xb98a63), way("Ink", "Blue", 0x3f587d, 0xc7a37f)] }
            }
            Self::Vase => {
                const {
                    &[
                        way("Terracotta", "Orange", 0xc06a43, 0x9d5335),
                        way("Moss", "Green", 0x74805a, 0xc0a07c),
                    ]
                }
            }
            Self::Bowl => {
                const { &[way("Ochre", "Yellow", 0xd19a3c, 0xb98a63), way("Sage", "Green", 0x9fae93, 0xcbb092)] }
            }
            Self::Mug => {
                const { &[way("Oat", "Beige", 0xe4d3b4, 0xb98a63), way("Cobalt", "Blue", 0x34549a, 0xc7a37f)] }
            }
            Self::PaddleBoard => {
                const { &[way("Oak", "Brown", 0xcf9f68, 0xcf9f68), way("Walnut", "Brown", 0x85583a, 0x85583a)] }
            }
            Self::RoundBoard => {
                const {
                    &[
                        way("Beech", "Beige", 0xdcb483, 0xb57f4e),
                        way("Smoked oak", "Black", 0x5d4636, 0xa87748),
                    ]
                }
            }
            Self::TableLamp => {
                const { &[way("Brick", "Red", 0xb5553a, 0xb18a48), way("Olive", "Green", 0x6f7650, 0xcfc6b4)] }
            }
            Self::Pendant => {
                const {
                    &[
                        way("Forest", "Green", 0x3f5a4c, 0xb18a48),
                        way("Graphite", "Black", 0x47474a, 0xb18a48),
                    ]
                }
            }
            Self::Throw => {
                const {
                    &[
                        way("Rosewood", "Pink", 0xc98d84, 0xead9c6),
                        way("Dusk blue", "Blue", 0x5f7899, 0xe2d7c4),
                    ]
                }
            }
            Self::Cushion => {
                const { &[way("Mustard", "Yellow", 0xd3a03f, 0xf0e4cb), way("Pine", "Green", 0x4c6a5a, 0xdccfae)] }
            }
            Self::Chair => {
                const { &[way("Natural", "Brown", 0xc8955c, 0xdcb787), way("Black", "Black", 0x3d3a3a, 0x4b4745)] }
            }
            Self::Stool => {
                const {
                    &[
                        way("Natural", "Beige", 0xd5ae7d, 0xe0c094),
                        way("Brick red", "Red", 0xa84a35, 0xb5553d),
                    ]
                }
            }
            Self::Carafe => {
                const {
                    &[
                        way("Smoke green", "Green", 0x86a08f, 0x86a08f),
                        way("Amber", "Orange", 0xc98a3d, 0xc98a3d),
                    ]
                }
            }
            Self::PumpBottle => {
                const {
                    &[
                        way("Chalk", "White", 0xf3eee3, 0xb18a48),
                        way("Amber brown", "Brown", 0x80451f, 0x2f2c2b),
                    ]
                }
            }
            Self::Boxes => {
                const { &[way("Clay", "Orange", 0xc4795a, 0xe0cda9), way("Slate", "Grey", 0x66727c, 0xb7b9b2)] }
            }
            Self::Basket => {
                const {
                    &[
                        way("Natural", "Beige", 0xcfa870, 0xeee5d5),
                        way("Walnut brown", "Brown", 0x85603f, 0xd9bfa8),
                    ]
                }
            }
            Self::Knives => {
                const { &[way("Walnut", "Brown", 0x7a4e32, 0xcf9f68), way("Black", "Black", 0x37373a, 0x85583a)] }
            }
            Self::Cutlery => {
                const { &[way("Steel", "Silver", 0xc0c5c8, 0x7f8f87), way("Brass", "Gold", 0xcda048, 0x4e5a66)] }
            }
            Self::LeafyPlant => {
                const {
                    &[
                        way("Terracotta", "Orange", 0xc2703f, 0x4f7a50),
                        way("Chalk", "White", 0xf0eadd, 0x436b52),
                    ]
                }
            }
            Self::UprightPlant => {
                const { &[way("Charcoal", "Black", 0x4a4a4c, 0x57805c), way("Blush", "Pink", 0xdcaa9a, 0x4d7657)] }
            }
            Self::BookStack => {
                const { &[way("Ochre", "Yellow", 0xcf9433, 0x3f587d), way("Forest", "Green", 0x47685a, 0xb5553a)] }
            }
            Self::Notebook => {
                const { &[way("Midnight", "Blue", 0x2f4263, 0xd3a03f), way("Clay red", "Red", 0xb65f45, 0x37332f)] }
            }
            Self::LowShoe => {
                const { &[way("Tan", "Brown", 0xbd8047, 0xf0e6d2), way("Navy", "Blue", 0x36486b, 0xf0e6d2)] }
            }
            Self::Boot => {
                const { &[way("Cognac", "Brown", 0xa65f2e, 0x3b322c), way("Black", "Black", 0x353336, 0x211f1f)] }
            }
        }
    }

    /// The name in file names and logs, `paddle-board`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Jug => "jug",
            Self::Vase => "vase",
            Self::Bowl => "bowl",
            Self::Mug => "mug",
            Self::PaddleBoard => "paddle-board",
            Self::RoundBoard => "round-board",
            Self::TableLamp => "table-lamp",
            Self::Pendant => "pendant",
            Self::Throw => "throw",
            Self::Cushion => "cushion",
            Self::Chair => "chair",
            Self::Stool => "stool",
            Self::Carafe => "carafe",
            Self::PumpBottle => "pump-bottle",
            Self::Boxes => "boxes",
            Self::Basket => "basket",
            Self::Knives => "knives",
            Self::Cutlery => "cutlery",
            Self::LeafyPlant => "leafy-plant",
            Self::UprightPlant => "upright-plant",
            Self::BookStack => "book-stack",
            Self::Notebook => "notebook",
            Self::LowShoe => "low-shoe",
            Self::Boot => "boot",
        }
    }

    fn draw(self, canvas: &mut Canvas, main: Rgb, second: Rgb) {
        let draw = match self {
            Self::Jug => turned::jug,
            Self::Vase => turned::vase,
            Self::Bowl => turned::bowl,
            Self::Mug => turned::mug,
            Self::PaddleBoard => built::paddle_board,
            Self::RoundBoard => built::round_board,
            Self::TableLamp => turned::table_lamp,
            Self::Pendant => turned::pendant,
            Self::Throw => sewn::folded_throw,
            Self::Cushion => sewn::cushion,
            Self::Chair => built::chair,
            Self::Stool => built::stool,
            Self::Carafe => turned::carafe,
            Self::PumpBottle => turned::pump,
            Self::Boxes => built::boxes,
            Self::Basket => turned::basket,
            Self::Knives => built::knives,
            Self::Cutlery => built::cutlery,
            Self::LeafyPlant => turned::leafy_plant,
            Self::UprightPlant => turned::upright_plant,
            Self::BookStack => sewn::book_stack,
            Self::Notebook => sewn::notebook,
            Self::LowShoe => sewn::low_shoe,
            Self::Boot => sewn::boot,
        };
        draw(canvas, main, second);
    }
}

/// One picture: a form in one of its colourways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Picture {
    /// What is on it.
    pub form: Form,
    /// Which of the form's colourways, 0 or 1.
    pub colour: u8,
}

/// One encoded size of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The encoded file.
    pub webp: Vec<u8>,
}

/// Why a picture could not be made. None of these depends on input; they
/// would be a fault of the drawing code or of its libraries.
#[derive(Debug)]
pub enum ArtError {
    /// The SVG did not parse.
    Svg(String),
    /// The pixels could not be allocated.
    Pixels(String),
    /// The encoder refused.
    Encode(String),
}

impl std::fmt::Display for ArtError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Svg(why) => write!(f, "the picture's SVG is not valid: {why}"),
            Self::Pixels(why) => write!(f, "the picture could not be drawn: {why}"),
            Self::Encode(why) => write!(f, "the picture could not be encoded: {why}"),
        }
    }
}

impl std::error::Error for ArtError {}

impl Picture {
    /// All 48 pictures, form by form.
    pub fn all() -> impl Iterator<Item = Self> {
        Form::ALL.into_iter().flat_map(|form| [0, 1].map(|colour| Self { form, colour }))
    }

    /// This picture's place in [`Picture::all`], 0 to 47.
    pub fn index(self) -> usize {
        Form::ALL.iter().position(|form| *form == self.form).unwrap_or(0) * 2
            + usize::from(self.colour.min(1))
    }

    /// The colours of this picture.
    pub fn colourway(self) -> &'static Colourway {
        &self.form.colourways()[usize::from(self.colour.min(1))]
    }

    /// A file name without extension, `jug-sand`.
    pub fn slug(self) -> String {
        format!("{}-{}", self.form.slug(), self.colourway().name.to_lowercase().replace(' ', "-"))
    }

    /// The drawing as an SVG document.
    pub fn svg(self) -> String {
        let mut canvas = Canvas::new();
        let colours = self.colourway();
        self.form.draw(&mut canvas, colours.main, colours.second);
        // The window moves a little from picture to picture, as the hours do.
        let hour = (self.index() * 37) % 48;
        let x = 330.0 + hour as f64 * 7.0;
        if hour.is_multiple_of(3) {
            canvas.light(x, &[(0.0, 190.0)]);
        } else {
            canvas.light(x, &[(0.0, 150.0), (190.0, 62.0)]);
        }
        canvas.finish()
    }

    /// The picture in every size of [`WIDTHS`], as WebP.
    ///
    /// # Errors
    /// [`ArtError`] when the drawing or encoding library refuses.
    pub fn render(self) -> Result<Vec<Rendition>, ArtError> {
        let tree = usvg::Tree::from_str(&self.svg(), &usvg::Options::default())
            .map_err(|e| ArtError::Svg(e.to_string()))?;
        // Drawing each size anew is sharper than scaling one down, and in a
        // build whose own crates are not optimised ten times as fast.
        let mut renditions = Vec::with_capacity(WIDTHS.len());
        for width in WIDTHS {
            let height = width * 5 / 4;
            let mut pixels = tiny_skia::Pixmap::new(width, height)
                .ok_or_else(|| ArtError::Pixels("no room for the pixels".into()))?;
            let scale = width as f32 / canvas::WIDTH as f32;
            resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
            renditions.push(Rendition { width, height, webp: encode(pixels.data(), width, height)? });
        }
        Ok(renditions)
    }
}

fn encode(rgba: &[u8], width: u32, height: u32) -> Result<Vec<u8>, ArtError> {
    let mut config =
        webp::WebPConfig::new().map_err(|()| ArtError::Encode("no encoder configuration".into()))?;
    config.quality = QUALITY;
    // Method 2 takes 40 % of the default's time for 6 % more bytes here. The
    // board is opaque, and the encoder drops an alpha channel that says so.
    config.method = 2;
    webp::Encoder::from_rgba(rgba, width, height)
        .encode_advanced(&config)
        .map(|memory| memory.to_vec())
        .map_err(|e| ArtError::Encode(format!("{e:?}")))
}

/// Renders all pictures on two threads and hands each to `done` as it is
/// finished, in no particular order.
///
/// # Errors
/// The first [`ArtError`] met; what was handed over before stays valid.
pub fn render_all(done: impl Fn(Picture, Vec<Rendition>) + Sync) -> Result<(), ArtError> {
    let pictures: Vec<Picture> = Picture::all().collect();
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<ArtError>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(picture) = pictures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match picture.render() {
                        Ok(renditions) => done(*picture, renditions),
                        Err(error) => {
                            // Stop the other thread too: nothing more to take.
                            next.store(pictures.len(), Ordering::Relaxed);
                            if let Ok(mut slot) = failed.lock() {
                                slot.get_or_insert(error);
                            }
                        }
                    }
                }
            });
        }
    });
    failed.into_inner().ok().flatten().map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_48_pictures_with_names_of_their_own() {
        let slugs: HashSet<String> = Picture::all().map(Picture::slug).collect();
        assert_eq!(slugs.len(), 48);
        for (i, picture) in Picture::all().enumerate() {
            assert_eq!(picture.index(), i);
        }
    }

    #[test]
    fn every_drawing_is_valid_svg_of_its_own() {
        let mut seen = HashSet::new();
        for picture in Picture::all() {
            let svg = picture.svg();
            let tree = usvg::Tree::from_str(&svg, &usvg::Options::default());
            let tree = tree.unwrap_or_else(|e| panic!("{}: {e}", picture.slug()));
            assert_eq!(tree.size().width() / tree.size().height(), 0.8);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", picture.slug());
            assert!(seen.insert(svg), "{} is drawn twice", picture.slug());
        }
    }

    #[test]
    fn a_picture_is_rendered_in_every_width_and_the_same_each_time() {
        let picture = Picture { form: Form::Jug, colour: 0 };
        let first = picture.render().expect("renders");
        assert_eq!(
            first.iter().map(|r| (r.width, r.height)).collect::<Vec<_>>(),
            [(1600, 2000), (1280, 1600), (960, 1200), (640, 800), (320, 400)]
        );
        for pair in first.windows(2) {
            assert!(pair[0].webp.len() > pair[1].webp.len());
            assert!(pair[0].webp.starts_with(b"RIFF"));
        }
        assert_eq!(first, picture.render().expect("renders"));
    }
}
