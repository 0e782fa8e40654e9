//! Which messages there are and how they are written.

use minijinja::{Environment, Value, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

/// A message about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    OrderConfirmed,
    OrderShipped,
    OrderRefunded,
}

impl Template {
    pub const ALL: &[Self] = &[Self::OrderConfirmed, Self::OrderShipped, Self::OrderRefunded];

    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderConfirmed => "order_confirmed",
            Self::OrderShipped => "order_shipped",
            Self::OrderRefunded => "order_refunded",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|template| template.name() == name)
    }

    pub fn for_event(event: &str) -> Option<Self> {
        match event {
            "order.created" => Some(Self::OrderConfirmed),
            "shipment.created" => Some(Self::OrderShipped),
            "refund.succeeded" => Some(Self::OrderRefunded),
            _ => None,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::OrderConfirmed => include_str!("templates/order_confirmed.txt"),
            Self::OrderShipped => include_str!("templates/order_shipped.txt"),
            Self::OrderRefunded => include_str!("templates/order_refunded.txt"),
        }
    }
}

/// What a message may speak of; amounts and days as the shopper's locale writes them.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    pub name: String,
    pub number: String,
    /// Address of the order's page.
    pub link: String,
    /// The parcel that left, where the message is about one; else every seller's part.
    pub parcels: Vec<Parcel>,
    pub total: String,
    pub tax: String,
    pub shipping: String,
    /// What was refunded, where the message is about a refund.
    pub amount: Option<String>,
    pub address: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Parcel {
    pub seller: String,
    pub arrives: String,
    pub carrier: Option<String>,
    pub tracking_number: Option<String>,
    pub tracking_url: Option<String>,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub title: String,
    pub options: String,
    pub quantity: i64,
    pub total: String,
}

/// A rendered message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Renders a template. Its first line is the subject, the second the heading, the rest
/// the text; the HTML wraps the same sentences, so the two can never say different
/// things. Values are escaped in the HTML, and line breaks never reach the subject.
pub fn render(template: Template, facts: &Facts) -> Result<Message, minijinja::Error> {
    let frame = Frame {
        link: &facts.link,
        action: "See your order",
        reason: "You get this mail because you ordered from us.",
    };
    render_text(template.text(), facts, frame)
}

/// What stands around a message's sentences in the HTML.
pub(super) struct Frame<'a> {
    /// Where the button leads.
    pub link: &'a str,
    /// The button's words.
    pub action: &'a str,
    /// Why the reader gets this mail.
    pub reason: &'a str,
}

/// [`render`] for a text of any facts.
pub(super) fn render_text(
    text: &str,
    facts: &impl Serialize,
    frame: Frame<'_>,
) -> Result<Message, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.add_template("message.html", include_str!("templates/message.html"))?;
    let rendered = environment.render_str(text, Value::from(Serde(facts)))?;
    let mut lines = rendered.lines();
    let subject = lines.next().unwrap_or_default().replace(['\r', '\n'], " ");
    let heading = lines.next().unwrap_or_default();
    let body = lines.collect::<Vec<_>>().join("\n");
    let body = body.trim();
    let paragraphs =
        body.split("\n\n").map(|part| part.lines().filter(|line| !line.trim().is_empty()).collect());
    let Frame { link, action, reason } = frame;
    let page = Page { subject: &subject, heading, paragraphs: paragraphs.collect(), link, action, reason };
    let html = environment.get_template("message.html")?.render(Value::from(Serde(&page)))?;
    Ok(Message { text: format!("{heading}\n\n{body}\n"), html, subject })
}

/// What the HTML frame shows.
#[derive(Serialize)]
struct Page<'a> {
    subject: &'a str,
    heading: &'a str,
    paragraphs: Vec<Vec<&'a str>>,
    link: &'a str,
    action: &'a str,
    reason: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            name: "Ioanna <b>".to_owned(),
            number: "K7QM-2XPAC".to_owned(),
            link: "http://localhost:3000/en-gb/order/abc".to_owned(),
            parcels: vec![Parcel {
                seller: "Kleio".to_owned(),
                arrives: "Thu 14 to Sat 16 May".to_owned(),
                carrier: Some("ACS".to_owned()),
                tracking_number: Some("123".to_owned()),
                tracking_url: None,
                lines: vec![Line {
                    title: "Jug".to_owned(),
                    options: "Sand".to_owned(),
                    quantity: 2,
                    total: "€64.00".to_owned(),
                }],
            }],
            total: "€68.00".to_owned(),
            tax: "€13.16".to_owned(),
            shipping: "€4.00".to_owned(),
            amount: Some("€64.00".to_owned()),
            address: vec!["Ioanna".to_owned(), "Ermou 1".to_owned()],
        }
    }

    #[test]
    fn every_template_renders_and_escapes() {
        for template in Template::ALL {
            let message =
                render(*template, &facts()).unwrap_or_else(|error| panic!("{}: {error}", template.name()));
            assert!(message.subject.contains("K7QM-2XPAC"), "{}", message.subject);
            assert!(message.text.contains("http://localhost:3000/en-gb/order/abc"));
            assert!(!message.html.contains("<b>"), "19.E3: values are escaped");
        }
    }

    #[test]
    fn the_confirmation_names_what_was_bought_and_when_it_arrives() {
        let message = render(Template::OrderConfirmed, &facts()).unwrap();
        for part in ["2 × Jug (Sand)", "€68.00", "Thu 14 to Sat 16 May", "Kleio"] {
            assert!(message.text.contains(part), "{part} in {}", message.text);
        }
    }

    #[test]
    fn the_shipping_mail_names_carrier_number_and_content() {
        let message = render(Template::OrderShipped, &facts()).unwrap();
        for part in
            ["Kleio sent it with ACS, number 123.", "It arrives Thu 14 to Sat 16 May.", "2 × Jug (Sand)\n"]
        {
            assert!(message.text.contains(part), "{part} in {}", message.text);
        }
    }

    #[test]
    fn e3_a_line_break_in_a_value_never_reaches_the_subject() {
        let wicked = Facts { number: "1\r\nBcc: all@example.com".to_owned(), ..facts() };
        let message = render(Template::OrderShipped, &wicked).unwrap();
        assert!(!message.subject.contains(['\r', '\n']));
    }
}
