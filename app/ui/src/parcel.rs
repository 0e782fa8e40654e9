//! What seller portal and back office show of an order's parcels.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::{
    link::Link,
    table::{Column, ColumnRole, DataTable, Row},
    text,
};

/// What tells a line apart from others of the same product: options and personalisation.
pub fn item_detail(options: &str, personalisation: &BTreeMap<String, String>) -> String {
    let personal = personalisation.iter().map(|(name, value)| format!("{name}: {value}"));
    let parts: Vec<String> = std::iter::once(options.to_owned()).chain(personal).collect();
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// A product in a table of lines, with [`item_detail`] below its title.
pub fn item_title(title: String, detail: String) -> AnyView {
    let detail = (!detail.is_empty())
        .then(|| view! { <span class="block text-sm font-normal text-muted">{detail}</span> }.into_any());
    view! { <span>{title}{detail}</span> }.into_any()
}

/// A line of a parcel, ready to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParcelLine {
    pub title: String,
    /// [`item_detail`].
    pub detail: String,
    /// The seller's own code.
    pub sku: String,
    pub quantity: i64,
    /// How many units stand where: one number for each of the columns that
    /// [`parcel_lines`] is given.
    pub counts: Vec<i64>,
    pub total: String,
}

/// The lines of a parcel as a table. `counts` names the columns of numbers between quantity
/// and amount: the first is always there, the others only while there is something to count.
pub fn parcel_lines(lines: Vec<ParcelLine>, counts: &[&'static str]) -> AnyView {
    let shown = counted(&lines, counts.len());
    let number = |label: &'static str| Column::new(label).end();
    let mut columns = vec![
        Column::title(text::parcel::item()),
        number(text::parcel::quantity()).role(ColumnRole::Priority),
    ];
    columns.extend(
        shown.iter().filter_map(|place| Some(number(counts.get(*place)?).role(ColumnRole::Priority))),
    );
    columns.push(number(text::parcel::amount()).role(ColumnRole::Priority));
    let rows = lines
        .into_iter()
        .map(|line| {
            let mut cells = vec![packed_item(line.title, line.detail, line.sku), line.quantity.into_any()];
            cells.extend(
                shown.iter().map(|place| line.counts.get(*place).copied().unwrap_or_default().into_any()),
            );
            cells.push(line.total.into_any());
            Row::new("", cells)
        })
        .collect();
    view! { <DataTable caption=text::parcel::lines() columns=columns rows=rows/> }.into_any()
}

/// Which of `columns` counts to show: the first, and those that are not all nought.
fn counted(lines: &[ParcelLine], columns: usize) -> Vec<usize> {
    let counts =
        |place: usize| lines.iter().any(|line| line.counts.get(place).is_some_and(|count| *count != 0));
    (0..columns).filter(|place| *place == 0 || counts(*place)).collect()
}

/// What is packed: its title, what tells it apart, and the seller's code as it stands on the
/// shelf.
fn packed_item(title: String, detail: String, sku: String) -> AnyView {
    view! {
        <span>
            {title}
            <span class="block text-sm text-muted">
                {(!detail.is_empty()).then(|| view! { {detail} ", " }.into_any())}
                <bdi dir="ltr">{sku}</bdi>
            </span>
        </span>
    }
    .into_any()
}

/// A parcel that has left.
#[component]
pub fn SentParcel(
    /// Who carries it: "Sent with Argo".
    #[prop(into)]
    title: String,
    /// Words of the tracking link: "Track parcel AB123".
    #[prop(into)]
    tracking: String,
    /// Where it can be followed; empty for nowhere.
    #[prop(into)]
    url: String,
    /// What is in it: "2 × Salt-glazed jug"; empty where it is all there was.
    #[prop(optional, into)]
    content: String,
    /// When it left or arrived.
    #[prop(into)]
    times: String,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let tracking = if url.is_empty() {
        tracking.into_any()
    } else {
        view! { <Link href=url new_tab=true>{tracking}</Link> }.into_any()
    };
    view! {
        <div class="mt-5 flex flex-wrap items-center justify-between gap-4">
            <div class="text-sm min-w-0">
                <p class="font-semibold">{title}</p>
                <p class="wrap-anywhere">{tracking}</p>
                {(!content.is_empty()).then(|| view! { <p>{content}</p> }.into_any())}
                <p class="text-muted">{times}</p>
            </div>
            {children.map(|children| children())}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_counts_nothing_is_left_out() {
        let line = |counts: &[i64]| ParcelLine { counts: counts.to_vec(), ..ParcelLine::default() };
        assert_eq!(counted(&[line(&[0, 0, 0])], 3), [0]);
        assert_eq!(counted(&[line(&[0, 0, 0]), line(&[2, 0, 1])], 3), [0, 2]);
        assert_eq!(counted(&[], 2), [0]);
    }

    #[test]
    fn a_detail_leaves_out_what_there_is_not() {
        let none = BTreeMap::new();
        let name = BTreeMap::from([("Name".to_owned(), "Ioanna".to_owned())]);
        assert_eq!(item_detail("", &none), "");
        assert_eq!(item_detail("Sand, Large", &none), "Sand, Large");
        assert_eq!(item_detail("", &name), "Name: Ioanna");
        assert_eq!(item_detail("Sand", &name), "Sand, Name: Ioanna");
    }
}
