//! What a file is, and pictures in memory: decoding within bounds, scaling, encoding.

use std::{borrow::Cow, io::Cursor};

use fast_image_resize::{
    PixelType, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::{DynamicImage, ImageDecoder, ImageReader, RgbaImage};
use stoa_kernel::{Error, Result};

use super::{BROKEN, TOO_LARGE, TOO_MANY_PIXELS, UNSUPPORTED_TYPE};

/// Most pixels of a picture: 50 megapixels are 200 MB decoded.
const MOST_PIXELS: u64 = 50_000_000;
const LONGEST_SIDE: u32 = 12_000;

/// What is known of a picture before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub mime: &'static str,
    /// Pixels, with the orientation of the metadata applied.
    pub width: u32,
    pub height: u32,
}

/// Reads what the bytes are and how large the picture is, without decoding it.
pub(super) fn inspect(bytes: &[u8], limit: u64) -> Result<Header> {
    if bytes.len() as u64 > limit {
        return Err(TOO_LARGE
            .error(format!("A picture may have up to {} MB.", limit / 1024 / 1024))
            .fact("limit", limit));
    }
    let found = infer::get(bytes).map(|kind| kind.mime_type());
    let mime =
        ["image/jpeg", "image/png", "image/webp", "image/gif"].into_iter().find(|mime| found == Some(*mime));
    let Some(mime) = mime else {
        return Err(UNSUPPORTED_TYPE.error("This is no picture Stoa can show. Send JPEG, PNG, WebP or GIF."));
    };
    // Only the header is read here, so that a size past the limits is told as such.
    let mut header = reader(bytes)?;
    header.no_limits();
    let (width, height) = header.into_dimensions().map_err(|_| broken())?;
    check_size(width, height)?;
    let mut decoder = reader(bytes)?.into_decoder().map_err(|_| broken())?;
    use image::metadata::Orientation::*;
    let turned = matches!(decoder.orientation(), Ok(Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH));
    let (width, height) = if turned { (height, width) } else { (width, height) };
    Ok(Header { mime, width, height })
}

/// Refuses pictures that would take too much memory once decoded.
pub(super) fn check_size(width: u32, height: u32) -> Result<()> {
    let fits = width > 0 && height > 0 && width <= LONGEST_SIDE && height <= LONGEST_SIDE;
    if fits && u64::from(width) * u64::from(height) <= MOST_PIXELS {
        return Ok(());
    }
    Err(TOO_MANY_PIXELS
        .error("This picture has too many pixels. Send one of up to 50 megapixels and 12,000 pixels a side.")
        .fact("width", width)
        .fact("height", height))
}

fn broken() -> Error {
    BROKEN.error("This picture can't be read; it may be cut off. Save it anew and send it again.")
}

fn reader(bytes: &[u8]) -> Result<ImageReader<Cursor<&[u8]>>> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| broken())?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_PIXELS * 8);
    reader.limits(limits);
    Ok(reader)
}

/// The pixels, upright; of a moving picture the first frame.
pub(super) fn decode(bytes: &[u8]) -> Result<RgbaImage> {
    let mut decoder = reader(bytes)?.into_decoder().map_err(|_| broken())?;
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| broken())?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgba8())
}

/// The picture at `width`, its ratio kept.
pub(super) fn scale(picture: &RgbaImage, width: u32) -> Result<Cow<'_, RgbaImage>> {
    let (from_width, from_height) = picture.dimensions();
    if width == from_width {
        return Ok(Cow::Borrowed(picture));
    }
    let height = height_at(width, from_width, from_height);
    let source =
        ImageRef::new(from_width, from_height, picture.as_raw(), PixelType::U8x4).map_err(Error::internal)?;
    let mut target = Image::new(width, height, PixelType::U8x4);
    Resizer::new().resize(&source, &mut target, &ResizeOptions::default()).map_err(Error::internal)?;
    RgbaImage::from_raw(width, height, target.into_vec()).map(Cow::Owned).ok_or_else(broken)
}

/// The height that belongs to `width`, at least one pixel.
pub(super) fn height_at(width: u32, of_width: u32, of_height: u32) -> u32 {
    let exact = u64::from(width) * u64::from(of_height) + u64::from(of_width / 2);
    u32::try_from(exact / u64::from(of_width.max(1))).unwrap_or(u32::MAX).max(1)
}

/// WebP for photographs.
pub(super) fn webp(picture: &RgbaImage) -> Vec<u8> {
    webp::Encoder::from_rgba(picture.as_raw(), picture.width(), picture.height()).encode(78.0).to_vec()
}

/// AVIF, quick rather than smallest.
pub(super) fn avif(picture: &RgbaImage) -> Result<Vec<u8>> {
    use ravif::RGBA8;
    let pixels: Vec<RGBA8> =
        picture.pixels().map(|pixel| RGBA8::new(pixel[0], pixel[1], pixel[2], pixel[3])).collect();
    let frame = ravif::Img::new(pixels.as_slice(), picture.width() as usize, picture.height() as usize);
    // One thread: this runs beside a shop that serves people.
    let encoder = ravif::Encoder::new().with_quality(62.0).with_speed(9).with_num_threads(Some(1));
    Ok(encoder.encode_rgba(frame).map_err(Error::internal)?.avif_file)
}

/// The average colour, `#rrggbb`; what is transparent counts as white.
pub(super) fn average(picture: &RgbaImage) -> String {
    let mut sums = [0_u64; 3];
    let mut count = 0_u64;
    let step = (picture.pixels().len() / 4096).max(1);
    for pixel in picture.pixels().step_by(step) {
        let alpha = u64::from(pixel[3]);
        for (sum, channel) in sums.iter_mut().zip(pixel.0) {
            *sum += (u64::from(channel) * alpha + 255 * (255 - alpha)) / 255;
        }
        count += 1;
    }
    let [red, green, blue] = sums.map(|sum| sum / count.max(1));
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Whether the text is a colour we wrote ourselves.
pub(super) fn is_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG header that claims the given size, with hardly any data behind it.
    fn claims(width: u32, height: u32) -> Vec<u8> {
        let picture = RgbaImage::from_pixel(1, 1, image::Rgba([1, 2, 3, 255]));
        let mut png = Vec::new();
        picture.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let crc = crc(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        png
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            })
        })
    }

    #[test]
    fn e1_5_a_picture_is_what_its_bytes_are_and_no_larger_than_it_says() {
        let limit = 1024 * 1024;
        assert!(
            inspect(b"<svg xmlns='http://www.w3.org/2000/svg'/>", limit).unwrap_err().is(UNSUPPORTED_TYPE)
        );
        assert!(
            inspect(b"<!doctype html><script>alert(1)</script>", limit).unwrap_err().is(UNSUPPORTED_TYPE)
        );
        assert!(inspect(b"", limit).unwrap_err().is(UNSUPPORTED_TYPE));
        assert!(inspect(&claims(100_000, 1), limit).unwrap_err().is(TOO_MANY_PIXELS));
        assert!(inspect(&claims(11_000, 11_000), limit).unwrap_err().is(TOO_MANY_PIXELS));
        assert!(inspect(&vec![0; limit as usize + 1], limit).unwrap_err().is(TOO_LARGE));
        assert_eq!(inspect(&claims(400, 500), limit).unwrap().width, 400);
        assert!(decode(&claims(400, 500)).unwrap_err().is(BROKEN), "a picture cut off is refused, not shown");
    }

    #[test]
    fn derivatives_keep_the_ratio_and_shrink() {
        let picture = RgbaImage::from_fn(800, 1000, |x, y| image::Rgba([x as u8, y as u8, 120, 255]));
        let small = scale(&picture, 320).unwrap();
        assert_eq!(small.dimensions(), (320, 400));
        assert_eq!(infer::get(&webp(&small)).unwrap().mime_type(), "image/webp");
        assert_eq!(
            infer::get(&avif(&scale(&picture, 32).unwrap()).unwrap()).unwrap().mime_type(),
            "image/avif"
        );
        assert_eq!(average(&RgbaImage::from_pixel(3, 3, image::Rgba([10, 20, 30, 255]))), "#0a141e");
        assert_eq!(average(&RgbaImage::from_pixel(3, 3, image::Rgba([0, 0, 0, 0]))), "#ffffff");
    }
}
