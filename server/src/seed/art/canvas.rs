//! The drawing board: colours, SVG elements, and solids of revolution.
//!
//! Pictures are drawn on a board of 800 by 1000 units, light falling from
//! the upper left. Everything is flat shape on flat shape; the only gradients
//! are the ones that fade a shadow into the floor.

use std::fmt::{self, Write as _};

/// Width of the board in its own units.
pub const WIDTH: f64 = 800.0;
/// Height of the board in its own units; the ratio is 4:5.
pub const HEIGHT: f64 = 1000.0;
/// Where the wall meets the floor.
pub const FLOOR: f64 = 750.0;

/// An opaque sRGB colour, printed as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// The colour of a hexadecimal constant, `Rgb::hex(0xe9e6df)`.
    pub const fn hex(value: u32) -> Self {
        Self((value >> 16) as u8, (value >> 8) as u8, value as u8)
    }

    /// This colour moved towards another by `share`, 0 to 1.
    pub fn towards(self, other: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// The colour in shade: towards a cool near-black, as sunlit stone
    /// turns cool where the sun does not reach.
    pub fn shade(self, share: f64) -> Self {
        self.towards(Self::hex(0x1d1c22), share)
    }

    /// The colour in light: towards a warm near-white.
    pub fn lit(self, share: f64) -> Self {
        self.towards(Self::hex(0xfffaf0), share)
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The wall of every still life.
pub const WALL: Rgb = Rgb::hex(0xe9e6df);
/// The floor of every still life.
pub const GROUND: Rgb = Rgb::hex(0xd9d4c9);
/// Blades, ferrules and other bright metal.
pub const STEEL: Rgb = Rgb::hex(0xc3c7c8);
/// What a shadow is drawn with; its opacity does the rest.
pub const SHADE: Rgb = Rgb::hex(0x4a4238);

/// An SVG document under construction.
pub struct Canvas {
    body: String,
    defs: String,
    fades: usize,
}

impl Canvas {
    /// A board with wall and floor and nothing on it yet.
    pub fn new() -> Self {
        let mut canvas = Self { body: String::with_capacity(8192), defs: String::new(), fades: 0 };
        canvas.path(&format!("M0 0H{WIDTH}V{FLOOR}H0Z"), WALL);
        canvas.path(&format!("M0 {FLOOR}H{WIDTH}V{HEIGHT}H0Z"), GROUND);
        // A skirting of light where the floor begins keeps the two planes apart.
        canvas.soft(&format!("M0 {FLOOR}H{WIDTH}V{}H0Z", FLOOR + 3.0), GROUND.shade(0.25), 0.35);
        canvas
    }

    /// The finished document.
    pub fn finish(self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\"><defs>{}</defs>{}</svg>",
            self.defs, self.body
        )
    }

    /// Adds any element as it stands.
    pub fn raw(&mut self, element: fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.body.write_fmt(element);
    }

    /// A filled path.
    pub fn path(&mut self, d: &str, fill: Rgb) {
        self.raw(format_args!("<path d=\"{d}\" fill=\"{fill}\"/>"));
    }

    /// A filled path that lets what is under it show through.
    pub fn soft(&mut self, d: &str, fill: Rgb, opacity: f64) {
        self.raw(format_args!("<path d=\"{d}\" fill=\"{fill}\" fill-opacity=\"{opacity}\"/>"));
    }

    /// A stroke with round ends.
    pub fn line(&mut self, d: &str, stroke: Rgb, width: f64) {
        self.faint_line(d, stroke, width, 1.0);
    }

    /// A stroke with round ends that lets what is under it show through.
    pub fn faint_line(&mut self, d: &str, stroke: Rgb, width: f64, opacity: f64) {
        self.raw(format_args!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\" stroke-opacity=\"{opacity}\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>"
        ));
    }

    /// A filled ellipse.
    pub fn ellipse(&mut self, cx: f64, cy: f64, rx: f64, ry: f64, fill: Rgb) {
        self.raw(format_args!("<ellipse cx=\"{cx}\" cy=\"{cy}\" rx=\"{rx}\" ry=\"{ry}\" fill=\"{fill}\"/>"));
    }

    /// Everything `draw` adds, turned by `degrees` around a point.
    pub fn turned(&mut self, degrees: f64, x: f64, y: f64, draw: impl FnOnce(&mut Self)) {
        self.raw(format_args!("<g transform=\"rotate({degrees} {x} {y})\">"));
        draw(self);
        self.raw(format_args!("</g>"));
    }

    /// The shadow a standing thing throws to its right along the floor:
    /// darkest at the foot, gone at the end.
    pub fn floor_shadow(&mut self, x: f64, y: f64, half_width: f64, depth: f64, reach: f64) {
        let id = self.fade((x - half_width, y), (x + half_width + reach, y), 0.46);
        let (left, right) = (x - half_width, x + half_width + reach);
        self.raw(format_args!(
            "<path d=\"M{left} {y}C{left} {} {} {} {x} {}L{right} {}Q{} {} {right} {}L{x} {}C{} {} {left} {} {left} {y}Z\" fill=\"url(#{id})\"/>",
            y - depth * 0.7,
            x - half_width * 0.6,
            y - depth,
            y - depth,
            y - depth * 1.9,
            right + reach * 0.1,
            y - depth,
            y - depth * 0.2,
            y + depth,
            x - half_width * 0.6,
            y + depth,
            y + depth * 0.7,
        ));
        self.raw(format_args!(
            "<ellipse cx=\"{}\" cy=\"{}\" rx=\"{}\" ry=\"{}\" fill=\"{SHADE}\" fill-opacity=\".30\"/>",
            x + half_width * 0.08,
            y + depth * 0.1,
            half_width * 0.99,
            depth * 0.9
        ));
    }

    /// The shadow of a flat thing on the wall behind it: the same outline,
    /// moved away from the light.
    pub fn wall_shadow(&mut self, d: &str, dx: f64, dy: f64) {
        self.raw(format_args!(
            "<path transform=\"translate({dx} {dy})\" d=\"{d}\" fill=\"{SHADE}\" fill-opacity=\".17\"/>"
        ));
    }

    /// A horizontal fade from shadow to nothing; returns its id.
    fn fade(&mut self, from: (f64, f64), to: (f64, f64), opacity: f64) -> String {
        self.fades += 1;
        let id = format!("f{}", self.fades);
        let _ = write!(
            self.defs,
            "<linearGradient id=\"{id}\" gradientUnits=\"userSpaceOnUse\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"><stop offset=\".2\" stop-color=\"{SHADE}\" stop-opacity=\"{opacity}\"/><stop offset=\"1\" stop-color=\"{SHADE}\" stop-opacity=\"0\"/></linearGradient>",
            from.0, from.1, to.0, to.1
        );
        id
    }

    /// A round glow, strongest in its middle, for lamps that are on.
    pub fn glow(&mut self, cx: f64, cy: f64, rx: f64, ry: f64, colour: Rgb, opacity: f64) {
        self.fades += 1;
        let id = format!("f{}", self.fades);
        let _ = write!(
            self.defs,
            "<radialGradient id=\"{id}\"><stop offset=\"0\" stop-color=\"{colour}\" stop-opacity=\"{opacity}\"/><stop offset=\"1\" stop-color=\"{colour}\" stop-opacity=\"0\"/></radialGradient>"
        );
        self.raw(format_args!(
            "<ellipse cx=\"{cx}\" cy=\"{cy}\" rx=\"{rx}\" ry=\"{ry}\" fill=\"url(#{id})\"/>"
        ));
    }

    /// Window light: diagonal white bands at 16 %, falling over whatever is
    /// there. `x` is where the first band meets the upper edge.
    pub fn light(&mut self, x: f64, bands: &[(f64, f64)]) {
        let lean = 520.0;
        for (offset, width) in bands {
            let start = x + offset;
            self.raw(format_args!(
                "<path d=\"M{} 0H{}L{} {HEIGHT}H{}Z\" fill=\"#fff\" fill-opacity=\".16\"/>",
                start,
                start + width,
                start + width - lean,
                start - lean
            ));
        }
    }
}

/// How round a horizontal circle looks at height `y`: eye level is above the
/// board, so what stands lower opens wider.
pub fn roundness(y: f64) -> f64 {
    0.10 + (y - 300.0).max(0.0) / 600.0 * 0.11
}

/// A thing turned on a wheel or lathe: the radius at each height.
pub struct Turned {
    cx: f64,
    points: Vec<(f64, f64)>,
}

impl Turned {
    /// A smooth profile through `(y, radius)` points, given from the top.
    pub fn new(cx: f64, profile: &[(f64, f64)]) -> Self {
        const STEPS: usize = 14;
        let at = |i: isize| profile[i.clamp(0, profile.len() as isize - 1) as usize];
        let mut points = Vec::with_capacity(profile.len() * STEPS);
        for i in 0..profile.len().saturating_sub(1) as isize {
            let (a, b, c, d) = (at(i - 1), at(i), at(i + 1), at(i + 2));
            for step in 0..STEPS {
                let t = step as f64 / STEPS as f64;
                let spline = |a: f64, b: f64, c: f64, d: f64| {
                    0.5 * (2.0 * b
                        + (c - a) * t
                        + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t
                        + (3.0 * b - a - 3.0 * c + d) * t * t * t)
                };
                points.push((spline(a.0, b.0, c.0, d.0), spline(a.1, b.1, c.1, d.1)));
            }
        }
        points.extend(profile.last());
        Self { cx, points }
    }

    /// The part of the profile between two heights.
    pub fn between(&self, top: f64, bottom: f64) -> Self {
        let mut points = vec![(top, self.radius(top))];
        points.extend(self.points.iter().copied().filter(|(y, _)| *y > top && *y < bottom));
        points.push((bottom, self.radius(bottom)));
        Self { cx: self.cx, points }
    }

    /// The radius at a height, by the nearest two samples.
    pub fn radius(&self, y: f64) -> f64 {
        for pair in self.points.windows(2) {
            let ((y0, r0), (y1, r1)) = (pair[0], pair[1]);
            if y >= y0 && y <= y1 && y1 > y0 {
                return r0 + (r1 - r0) * (y - y0) / (y1 - y0);
            }
        }
        let edge = if self.points.first().is_some_and(|p| y < p.0) {
            self.points.first()
        } else {
            self.points.last()
        };
        edge.map_or(0.0, |p| p.1)
    }

    /// The outline of the strip between two shares of the radius, -1 (left
    /// edge) to 1 (right edge), closed below by the curve of the foot and
    /// above by the front of the rim.
    pub fn strip(&self, from: f64, to: f64) -> String {
        let mut d = String::with_capacity(self.points.len() * 28);
        let mut put = |x: f64, y: f64| {
            let _ = write!(d, "{}{x:.1} {y:.1}", if d.is_empty() { "M" } else { "L" });
        };
        for (y, r) in &self.points {
            put(self.cx + r * from, y + front(*y, *r, from));
        }
        if let Some((y, r)) = self.points.last() {
            for i in 0..=24 {
                let u = from + (to - from) * f64::from(i) / 24.0;
                put(self.cx + r * u, y + front(*y, *r, u));
            }
        }
        for (y, r) in self.points.iter().rev() {
            put(self.cx + r * to, y + front(*y, *r, to));
        }
        if let Some((y, r)) = self.points.first() {
            for i in (0..=24).rev() {
                let u = from + (to - from) * f64::from(i) / 24.0;
                put(self.cx + r * u, y + front(*y, *r, u));
            }
        }
        d.push('Z');
        d
    }

    /// The whole outline.
    pub fn outline(&self) -> String {
        self.strip(-1.0, 1.0)
    }

    /// Draws the body in its colour, light on the left, shade on the right.
    pub fn draw(&self, canvas: &mut Canvas, colour: Rgb) {
        canvas.path(&self.outline(), colour);
        canvas.path(&self.strip(0.34, 1.0), colour.shade(0.13));
        canvas.path(&self.strip(0.74, 1.0), colour.shade(0.24));
        canvas.soft(&self.strip(-0.78, -0.56), colour.lit(0.55), 0.5);
    }

    /// Draws the opening at the rim: the lip, and the inner face 30 % darker
    /// with its lit far side.
    pub fn open(&self, canvas: &mut Canvas, colour: Rgb, lip: f64) {
        let Some((y, r)) = self.points.first().copied() else { return };
        let (cx, ry) = (self.cx, r * roundness(y));
        canvas.ellipse(cx, y, r, ry, colour.lit(0.22));
        let (ir, iry) = (r - lip, (ry - lip * 0.55).max(1.0));
        canvas.ellipse(cx, y, ir, iry, colour.shade(0.30));
        // The far inner wall on the right catches the light that enters.
        canvas.path(
            &format!(
                "M{:.1} {y:.1}A{ir:.1} {iry:.1} 0 0 1 {:.1} {y:.1}Q{:.1} {:.1} {:.1} {:.1}Z",
                cx - ir * 0.1,
                cx + ir,
                cx + ir * 0.62,
                y + iry * 0.52,
                cx + ir * 0.16,
                y + iry * 0.1
            ),
            colour.shade(0.30).lit(0.08),
        );
    }
}

/// How far the front of a circle of radius `r` at height `y` hangs below its
/// middle, at the share `u` of the radius.
fn front(y: f64, r: f64, u: f64) -> f64 {
    r * roundness(y) * (1.0 - u * u).max(0.0).sqrt()
}
