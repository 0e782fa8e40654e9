//! The demo's home page.

use anyhow::{Context, Result};
use stoa_catalog::cms;
use stoa_catalog_types::{BlockData, RowSource};
use stoa_kernel::Ctx;
use stoa_types::{Asset, Id};

use super::{
    art::{Form, Picture},
    grammar::Demo,
};

/// Writes the blocks of the home page; `pictures` by [`Picture::index`].
pub async fn furnish(ctx: &Ctx, demo: &Demo, pictures: &[Id<Asset>]) -> Result<()> {
    let picture = |form, colour| pictures.get(Picture { form, colour }.index()).copied();
    let maker = demo.sellers().first().context("the demo has shops")?;
    let row = |heading: &str, link: &str, path: &str| BlockData::ProductRow {
        heading: heading.to_owned(),
        link_label: link.to_owned(),
        href: format!("/c/{path}"),
        source: RowSource::Category { path: path.to_owned() },
        limit: 4,
    };
    let blocks = vec![
        BlockData::Hero {
            heading: "Made in eight workshops".to_owned(),
            text: "Tableware, lamps, linen and leather, sent to you by the people who make them.".to_owned(),
            link_label: "See what is on the table".to_owned(),
            href: "/c/table".to_owned(),
            picture: picture(Form::Vase, 0),
            alt: "A terracotta vase with olive branches by a window".to_owned(),
        },
        BlockData::CategoryTiles { heading: "Find your way".to_owned(), categories: Vec::new() },
        BlockData::ProductRow {
            heading: "Just in".to_owned(),
            link_label: "All of the home".to_owned(),
            href: "/c/home".to_owned(),
            source: RowSource::Newest,
            limit: 8,
        },
        BlockData::Story {
            heading: maker.tagline.to_owned(),
            text: maker.story.to_owned(),
            seller: Some(maker.slug.clone()),
            link_label: format!("Visit {}", maker.name),
            href: format!("/search?f.seller={}", maker.slug),
            picture: picture(Form::Jug, 0),
            alt: "A sand-coloured stoneware jug".to_owned(),
        },
        row("For the table", "All of the table", "table"),
        row("Light for the evening", "All lamps", "lighting"),
    ];
    cms::set_home(ctx, "Stoa", blocks).await?;
    Ok(())
}
