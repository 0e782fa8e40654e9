include!("../locales/generate.rs");

fn main() {
    generate_text("developers", "stoa_ui::i18n");
}
