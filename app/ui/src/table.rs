//! The data table: a native table that becomes a list below 768 px.

use leptos::prelude::*;

use crate::icons::{self, Icon};
use crate::link::{LinkKind, link_class};

/// Which way a column sorts the rows now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// Smallest, oldest or A first.
    Ascending,
    /// Largest, newest or Z first.
    Descending,
}

/// What a column is on a narrow screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnRole {
    /// The row's title: first line, a link when the row has an address.
    Title,
    /// The status beside the title.
    Status,
    /// On the second line; at most three.
    Priority,
    /// Left out on a narrow screen.
    #[default]
    Wide,
}

/// One column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub label: String,
    /// What it is on a narrow screen.
    pub role: ColumnRole,
    /// Numbers: aligned at the end.
    pub end: bool,
    /// The page sorted by it next (descending, ascending, default in turn);
    /// empty when it does not sort.
    pub sort_href: String,
    /// How it sorts the rows now.
    pub sorted: Option<Sorted>,
    /// Keeps the heading for readers only.
    pub label_hidden: bool,
}

impl Column {
    /// A column with this heading.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// The column that names the row.
    pub fn title(label: impl Into<String>) -> Self {
        Self::new(label).role(ColumnRole::Title)
    }

    /// The same with another place on a narrow screen.
    pub fn role(mut self, role: ColumnRole) -> Self {
        self.role = role;
        self
    }

    /// The same aligned at the end.
    pub fn end(mut self) -> Self {
        self.end = true;
        self
    }

    /// The same with a sort link.
    pub fn sort(mut self, href: impl Into<String>, sorted: Option<Sorted>) -> Self {
        self.sort_href = href.into();
        self.sorted = sorted;
        self
    }

    /// The same with its heading for readers only.
    pub fn hidden(mut self) -> Self {
        self.label_hidden = true;
        self
    }
}

/// One row: a cell for each column, in their order.
pub struct Row {
    /// Where its title leads; empty for nowhere.
    pub href: String,
    /// What its selection checkbox sends; empty for none.
    pub key: String,
    /// Its name, for the selection checkbox.
    pub name: String,
    /// The cells.
    pub cells: Vec<AnyView>,
    /// The record looked at now (in a drawer or pane).
    pub current: bool,
}

impl Row {
    /// A row that leads to `href`.
    pub fn new(href: impl Into<String>, cells: Vec<AnyView>) -> Self {
        Self { href: href.into(), key: String::new(), name: String::new(), cells, current: false }
    }

    /// The same, selectable: `key` is what the checkbox sends.
    pub fn select(mut self, key: impl Into<String>, name: impl Into<String>) -> Self {
        self.key = key.into();
        self.name = name.into();
        self
    }

    /// The same marked as the one looked at.
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }
}

fn cell_class(column: &Column) -> &'static str {
    match (column.role, column.end) {
        (ColumnRole::Title, false) => "cell-title",
        (ColumnRole::Title, true) => "cell-title text-end",
        (ColumnRole::Status, _) => "cell-status",
        (ColumnRole::Priority, false) => "cell-priority",
        (ColumnRole::Priority, true) => "cell-priority md:text-end tabular-nums",
        (ColumnRole::Wide, false) => "cell-wide",
        (ColumnRole::Wide, true) => "cell-wide text-end tabular-nums",
    }
}

/// A table of records. The caption and the sort order are for readers.
#[component]
pub fn DataTable(
    /// What the rows are: "Orders, sorted by Placed, newest first".
    #[prop(into)]
    caption: String,
    /// The columns.
    columns: Vec<Column>,
    /// The rows.
    rows: Vec<Row>,
    /// Name under which selected rows are sent; empty shows no checkboxes.
    #[prop(optional, into)]
    select_name: String,
    /// Id of the form that selected rows are sent with.
    #[prop(optional, into)]
    select_form: String,
    /// A last row of totals: a cell for each column.
    #[prop(optional)]
    totals: Option<Vec<AnyView>>,
) -> impl IntoView {
    let selectable = !select_name.is_empty();
    let body = NodeRef::<leptos::html::Tbody>::new();
    let classes: Vec<&'static str> = columns.iter().map(cell_class).collect();
    let roles: Vec<ColumnRole> = columns.iter().map(|column| column.role).collect();
    // Numbers say what they count where rows are lists and their heads are out of sight.
    let labels: Vec<Option<String>> = columns
        .iter()
        .map(|column| (column.role == ColumnRole::Priority && column.end).then(|| column.label.clone()))
        .collect();
    let heads = columns
        .into_iter()
        .map(|column| {
            let direction = match column.sorted {
                Some(Sorted::Ascending) => Some("ascending"),
                Some(Sorted::Descending) => Some("descending"),
                None => None,
            };
            let arrow = match column.sorted {
                Some(Sorted::Ascending) => Some(icons::SORT_UP),
                Some(Sorted::Descending) => Some(icons::SORT_DOWN),
                None => None,
            };
            let label = if column.sort_href.is_empty() {
                if column.label_hidden {
                    view! { <span class="sr-only">{column.label}</span> }.into_any()
                } else {
                    column.label.into_any()
                }
            } else {
                view! {
                    <a
                        href=column.sort_href
                        class="inline-flex items-center gap-1 min-h-6 hover:underline underline-offset-4 rounded-xs"
                    >
                        {column.label}
                        {arrow.map(|glyph| view! { <Icon glyph=glyph small=true/> }.into_any())}
                    </a>
                }
                .into_any()
            };
            view! {
                <th scope="col" role="columnheader" aria-sort=direction class=if column.end { "text-end" } else { "text-start" }>
                    {label}
                </th>
            }.into_any()
        })
        .collect_view();
    view! {
        <div class="data-table-box">
            <table class="data-table" role="table">
                <caption class="sr-only">{caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        {selectable
                            .then(|| {
                                view! {
                                    <th scope="col" role="columnheader" class="cell-select">
                                        <label class="inline-grid place-items-center size-6 noscript:hidden cursor-pointer">
                                            <span class="sr-only">"Select this page"</span>
                                            <input
                                                type="checkbox"
                                                class="choice choice-check"
                                                on:change=move |event| select_all(body, event_target_checked(&event))
                                            />
                                        </label>
                                    </th>
                                }.into_any()
                            })}
                        {heads}
                    </tr>
                </thead>
                <tbody node_ref=body role="rowgroup">
                    {rows
                        .into_iter()
                        .map(|row| {
                            let check = selectable
                                .then(|| {
                                    view! {
                                        <td role="cell" class="cell-select">
                                            <label class="inline-grid place-items-center size-6 cursor-pointer">
                                                <span class="sr-only">{format!("Select {}", row.name)}</span>
                                                <input
                                                    type="checkbox"
                                                    class="choice choice-check"
                                                    name=select_name.clone()
                                                    value=row.key
                                                    form=crate::field::given(select_form.clone())
                                                />
                                            </label>
                                        </td>
                                    }.into_any()
                                });
                            let href = row.href;
                            let cells = row
                                .cells
                                .into_iter()
                                .enumerate()
                                .map(|(place, cell)| {
                                    let class = classes.get(place).copied().unwrap_or("cell-wide");
                                    if roles.get(place) == Some(&ColumnRole::Title) {
                                        let title = if href.is_empty() {
                                            cell
                                        } else {
                                            view! {
                                                <a href=href.clone() class=link_class(LinkKind::RowTitle)>
                                                    {cell}
                                                </a>
                                            }
                                                .into_any()
                                        };
                                        view! {
                                            <th scope="row" role="rowheader" class=class>
                                                {title}
                                            </th>
                                        }
                                            .into_any()
                                    } else {
                                        view! {
                                            <td role="cell" class=class data-label=labels.get(place).cloned().flatten()>
                                                {cell}
                                            </td>
                                        }
                                            .into_any()
                                    }
                                })
                                .collect_view();
                            view! {
                                <tr role="row" aria-current=row.current.then_some("true")>
                                    {check}
                                    {cells}
                                </tr>
                            }.into_any()
                        })
                        .collect_view()}
                </tbody>
                {totals
                    .map(|cells| {
                        view! {
                            <tfoot role="rowgroup">
                                <tr role="row">
                                    {selectable.then(|| view! { <td role="cell" class="cell-select"></td> }.into_any())}
                                    {cells
                                        .into_iter()
                                        .enumerate()
                                        .map(|(place, cell)| {
                                            let class = classes
                                                .get(place)
                                                .copied()
                                                .unwrap_or("cell-wide");
                                            view! {
                                                <td role="cell" class=class>
                                                    {cell}
                                                </td>
                                            }.into_any()
                                        })
                                        .collect_view()}
                                </tr>
                            </tfoot>
                        }.into_any()
                    })}
            </table>
        </div>
    }
}

/// Checks or clears every checkbox of the rows shown.
fn select_all(body: NodeRef<leptos::html::Tbody>, on: bool) {
    use leptos::wasm_bindgen::JsCast;
    use leptos::web_sys::{Element, HtmlInputElement};
    let Some(body) = body.get_untracked() else {
        return;
    };
    for row in std::iter::successors(body.first_element_child(), Element::next_element_sibling) {
        let input = row.query_selector(".cell-select input").ok().flatten();
        if let Some(input) = input.and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) {
            input.set_checked(on);
        }
    }
}
