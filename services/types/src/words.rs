//! Enums that are one word each on the wire and in the database.

/// Gives enums their words: `ALL`, `as_str`, `FromStr` (whose error says nothing, since the
/// caller knows what was read) and `Display`. The enum itself and its serde attributes
/// stay with its service.
///
/// ```ignore
/// stoa_types::words! {
///     RefundState { Requested = "requested", Submitted = "submitted" }
/// }
/// ```
#[macro_export]
macro_rules! words {
    ($($kind:ident { $($case:ident = $word:literal),* $(,)? })*) => {
        $(
            impl $kind {
                /// Every one there is.
                pub const ALL: &[Self] = &[$(Self::$case),*];

                /// The word on the wire and in the database.
                pub const fn as_str(self) -> &'static str {
                    match self {
                        $(Self::$case => $word),*
                    }
                }
            }

            impl ::std::str::FromStr for $kind {
                type Err = ();

                fn from_str(word: &str) -> ::std::result::Result<Self, ()> {
                    Self::ALL.iter().copied().find(|known| known.as_str() == word).ok_or(())
                }
            }

            impl ::std::fmt::Display for $kind {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str(self.as_str())
                }
            }
        )*
    };
}
