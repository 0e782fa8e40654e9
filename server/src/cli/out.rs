//! What commands print.

use std::{
    fmt::Display,
    io::{ErrorKind, Write},
};

use anyhow::Result;
use stoa_kernel::{Error, ErrorKind as Refused};

/// Writes a line to standard output. A reader that has seen enough (`| head`) is an
/// error that [`is_enough`] recognises.
pub fn line(text: impl Display) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Whether the only thing wrong is that nobody reads on.
pub fn is_enough(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    })
}

/// What went wrong and what to do, with each answer that has to change on a line of its own.
pub fn complaint(error: &anyhow::Error) -> String {
    let Some(refusal) = error.downcast_ref::<Error>() else { return format!("{error:#}") };
    if refusal.kind() == Refused::Internal {
        // The cause belongs on the screen of whoever runs the program.
        return format!("{error:#}");
    }
    let problem = refusal.problem(None);
    let mut text = String::new();
    for context in error.chain().filter(|cause| !cause.is::<Error>()) {
        let context = context.to_string();
        // anyhow's chain shows a context's refusal once more, as text.
        if !context.starts_with(refusal.code()) {
            text.push_str(&context);
            text.push_str(": ");
        }
    }
    match problem.errors.as_slice() {
        [only] => text.push_str(&format!("{}: {} [{}]", only.field, only.message, only.code)),
        several => {
            text.push_str(&format!("{} [{}]", problem.detail, problem.code));
            for field in several {
                text.push_str(&format!("\n  {}: {} [{}]", field.field, field.message, field.code));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use stoa_kernel::{Code, Fields};

    use super::*;

    const BAD: Code = Code::new("sellers.slug_invalid", Refused::Invalid);

    #[test]
    fn a_complaint_names_every_answer_and_keeps_the_code() {
        let mut fields = Fields::default();
        fields.add("slug", BAD, "Use small letters.");
        let one = anyhow::Error::from(fields.finish().unwrap_err());
        assert_eq!(complaint(&one), "slug: Use small letters. [sellers.slug_invalid]");

        let mut fields = Fields::default();
        fields.add("slug", BAD, "Use small letters.");
        fields.add("name", BAD, "Enter a name.");
        let two = anyhow::Error::from(fields.finish().unwrap_err());
        assert_eq!(
            complaint(&two),
            "Check 2 answers. [kernel.invalid]\n  slug: Use small letters. [sellers.slug_invalid]\n  name: Enter a name. [sellers.slug_invalid]"
        );
        let missing: Result<(), _> = Err(Error::not_found("seller"));
        let said = missing.context("no shop is called “x”").unwrap_err();
        assert_eq!(complaint(&said), "no shop is called “x”: There is no such seller. [kernel.not_found]");
    }
}
