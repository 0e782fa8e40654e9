include!("../locales/generate.rs");

fn main() {
    generate_text("ui", "crate::i18n");
}
