//! Still lifes for the examples, drawn here: the page needs no files.

use crate::PictureSource;

/// A jug, a bowl or a bottle in a material's colour, before a wall in sunlight.
pub(super) fn still_life(object: &str, alt: &str) -> PictureSource {
    let (body, inner, shape, mouth) = match object {
        "jug" => (
            "%23b9794f",
            "%23825538",
            "M150 330q-34-70 0-130q14-26 10-60h80q-4 34 10 60q34 60 0 130zM250 190q60-6 52 54q-6 44-52 52v-18q32-8 34-38q4-34-34-32z",
            "M160 140a40 10 0 1 0 80 0a40 10 0 1 0-80 0z",
        ),
        "bowl" => (
            "%237f8f8a",
            "%23596461",
            "M90 230q6 104 110 104t110-104z",
            "M90 230a110 24 0 1 0 220 0a110 24 0 1 0-220 0z",
        ),
        "bottle" => (
            "%236d7a5a",
            "%234c553f",
            "M150 340v-130q0-30 30-52v-58h40v58q30 22 30 52v130z",
            "M180 100a20 5 0 1 0 40 0a20 5 0 1 0-40 0z",
        ),
        _ => (
            "%23a9653f",
            "%2376472c",
            "M70 312l190-110l80 46l-190 110z",
            "M130 300a12 7 0 1 0 24 0a12 7 0 1 0-24 0z",
        ),
    };
    let src = format!(
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 500'><path fill='%23e9e6df' d='M0 0h400v500H0z'/><path fill='%23d9d4c9' d='M0 340h400v160H0z'/><ellipse cx='215' cy='342' rx='120' ry='14' fill='%23bdb6a8'/><path fill='{body}' d='{shape}'/><path fill='{inner}' d='{mouth}'/><path fill='%23fff' fill-opacity='.16' d='M-20 420L300-20h90L70 520zM170 520L420 160v120L270 520z'/></svg>"
    );
    PictureSource { src, width: 400, height: 500, alt: alt.to_string(), ..PictureSource::default() }
}
