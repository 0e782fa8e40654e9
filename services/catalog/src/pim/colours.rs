/// Colours shops name, for swatches. What is not here is shown in words only.
const COLOURS: &[(&str, &str)] = &[
    ("amber", "#d08a2e"), ("beige", "#d9c7a7"), ("black", "#1f1f1f"), ("blue", "#2f5d9b"), ("bone", "#e6dfd0"), ("brass", "#b5923f"),
    ("brown", "#6f4a2f"), ("burgundy", "#6d1f2f"), ("charcoal", "#3c3f43"), ("clay", "#b45a32"), ("clear", "#e8eef0"),
    ("cobalt", "#1f3f93"), ("copper", "#b0683c"), ("coral", "#e2725b"), ("cream", "#f1e8d3"), ("denim", "#3f5f86"), ("ecru", "#e3d9c2"),
    ("forest", "#2f4a34"), ("gold", "#c59b3a"), ("graphite", "#4a4d52"), ("green", "#3f7a4b"), ("grey", "#8b8d90"), ("gray", "#8b8d90"),
    ("indigo", "#3b3c78"), ("ink", "#22304a"), ("ivory", "#f3ecdc"), ("khaki", "#8f8560"), ("lavender", "#a99bc9"), ("linen", "#e8ddc8"),
    ("moss", "#66723a"), ("mustard", "#c69a2c"), ("natural", "#d8c3a0"), ("navy", "#1f2c4d"), ("oak", "#b98d57"), ("oat", "#ddcfb4"),
    ("ochre", "#c1842e"), ("olive", "#6f7140"), ("orange", "#d9752b"), ("pink", "#dd9aa6"), ("plum", "#5f3050"), ("purple", "#6a4a8c"),
    ("red", "#b3322d"), ("rose", "#c9808a"), ("rust", "#a14a26"), ("sage", "#9aa98a"), ("sand", "#d8c5a0"), ("silver", "#b9bdc2"),
    ("sky", "#8fb7d6"), ("slate", "#5c6670"), ("smoke", "#8d8a86"), ("stone", "#b7b0a3"), ("tan", "#c19a6b"), ("teal", "#2d7474"),
    ("terracotta", "#b8583a"), ("turquoise", "#3aa6a0"), ("walnut", "#5d4030"), ("white", "#f7f7f4"), ("yellow", "#e2bf3f"),
];

/// The colour a value names, `#rrggbb`: the whole value or its last word ("dark sand").
pub(crate) fn colour_of(key: &str) -> Option<String> {
    let find = |name: &str| COLOURS.iter().find(|(known, _)| *known == name).map(|(_, colour)| (*colour).to_owned());
    find(key).or_else(|| find(key.rsplit([' ', '-']).next()?))
}
