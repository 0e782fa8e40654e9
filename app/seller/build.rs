include!("../locales/generate.rs");

fn main() {
    generate_text("seller", "stoa_ui::i18n");
}
