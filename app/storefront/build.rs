include!("../locales/generate.rs");

fn main() {
    generate_text("storefront", "stoa_ui::i18n");
}
