include!("../locales/generate.rs");

fn main() {
    generate_text("backoffice", "stoa_ui::i18n");
}
