//! Ids of any kind: the trail speaks of every sort of record.

use stoa_types::{AuditRecord, Id, KINDS, Kind, Uuid};

/// The text form of a record's id, such as `prd_…`; the bare UUID for a kind that has none.
pub fn id_text(kind: &str, id: Uuid) -> String {
    match KINDS.iter().find(|(_, name)| *name == kind) {
        // Every kind writes its UUID alike, so any of them can do it.
        Some((prefix, _)) => Id::<AuditRecord>::new(id).to_string().replacen(AuditRecord::PREFIX, prefix, 1),
        None => id.to_string(),
    }
}

/// What a record's id means: the kind its prefix stands for, if it has one, and the UUID.
pub fn read_id(text: &str) -> Option<(Option<&'static str>, Uuid)> {
    let Some((prefix, rest)) = text.split_once('_') else {
        return text.parse().ok().map(|id| (None, id));
    };
    let (_, name) = KINDS.iter().find(|(known, _)| *known == prefix)?;
    let id: Id<AuditRecord> = format!("{}_{rest}", AuditRecord::PREFIX).parse().ok()?;
    Some((Some(name), id.uuid()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use stoa_types::Product;

    proptest! {
        #[test]
        fn ids_of_every_kind_are_written_and_read(bits: u128) {
            let id = Uuid::from_u128(bits);
            prop_assert_eq!(id_text("product", id), Id::<Product>::new(id).to_string());
            for (_, name) in KINDS {
                prop_assert_eq!(read_id(&id_text(name, id)), Some((Some(*name), id)));
            }
            prop_assert_eq!(read_id(&id_text("something_else", id)), Some((None, id)));
        }
    }

    #[test]
    fn what_is_no_id_is_noticed() {
        for wrong in ["", "prd_", "xyz_00000000000000000000000000", "prd_0000000000000000000000000!", "12"] {
            assert_eq!(read_id(wrong), None, "{wrong}");
        }
    }
}
