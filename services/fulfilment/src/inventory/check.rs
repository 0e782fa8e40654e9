//! Proof that every counter is the sum of its movements.

use sea_orm::{ConnectionTrait, Statement};
use stoa_fulfilment_types::Mismatch;
use stoa_kernel::{Ctx, Error, Result, error::codes};
use stoa_types::{Id, Uuid};

use super::INVENTORY_READ;

/// One statement, so that it sees one moment.
const SQL: &str = "\
SELECT s.sku_id, s.location_id, s.on_hand, s.reserved, s.allocated, \
  CAST(COALESCE(m.on_hand, 0) AS BIGINT) AS ledger_on_hand, \
  CAST(COALESCE(m.reserved, 0) AS BIGINT) AS ledger_reserved, \
  CAST(COALESCE(m.allocated, 0) AS BIGINT) AS ledger_allocated, \
  CAST(COALESCE(r.units, 0) AS BIGINT) AS held, \
  CAST(COALESCE(a.units, 0) AS BIGINT) AS waiting \
FROM stock_level s \
LEFT JOIN (SELECT sku_id, location_id, SUM(delta_on_hand) AS on_hand, SUM(delta_reserved) AS reserved, \
  SUM(delta_allocated) AS allocated FROM stock_movement GROUP BY sku_id, location_id) m \
  ON m.sku_id = s.sku_id AND m.location_id = s.location_id \
LEFT JOIN (SELECT sku_id, location_id, SUM(quantity) AS units FROM reservation_line WHERE held \
  GROUP BY sku_id, location_id) r ON r.sku_id = s.sku_id AND r.location_id = s.location_id \
LEFT JOIN (SELECT sku_id, location_id, SUM(quantity - shipped - released) AS units FROM allocation \
  GROUP BY sku_id, location_id) a ON a.sku_id = s.sku_id AND a.location_id = s.location_id \
WHERE s.on_hand <> COALESCE(m.on_hand, 0) OR s.reserved <> COALESCE(m.reserved, 0) \
  OR s.allocated <> COALESCE(m.allocated, 0) OR s.reserved <> COALESCE(r.units, 0) \
  OR s.allocated <> COALESCE(a.units, 0) \
ORDER BY s.sku_id, s.location_id LIMIT 1000";

/// The first 1,000 stock rows whose counters are not the sum of their movements, or not
/// what reservations hold and orders wait for. Empty when the books agree. For platform
/// staff.
pub async fn verify_ledger(ctx: &Ctx) -> Result<Vec<Mismatch>> {
    if ctx.scope(INVENTORY_READ)?.seller().is_some() {
        return Err(codes::FORBIDDEN.error("Only the platform's staff can check the whole ledger."));
    }
    let rows = ctx.db().read().query_all_raw(Statement::from_string(ctx.db().backend(), SQL)).await?;
    let mut found = Vec::new();
    for row in rows {
        let number = |column: &str| row.try_get::<i64>("", column).map_err(Error::from);
        let (sku, location): (Uuid, Uuid) = (row.try_get("", "sku_id")?, row.try_get("", "location_id")?);
        let counters = [
            ("on_hand", number("on_hand")?, number("ledger_on_hand")?, number("ledger_on_hand")?),
            ("reserved", number("reserved")?, number("ledger_reserved")?, number("held")?),
            ("allocated", number("allocated")?, number("ledger_allocated")?, number("waiting")?),
        ];
        for (counter, stock, ledger, promised) in counters {
            if stock != ledger || stock != promised {
                found.push(Mismatch {
                    sku: Id::new(sku),
                    location: Id::new(location),
                    counter: counter.to_owned(),
                    stock,
                    ledger,
                    promised,
                });
            }
        }
    }
    Ok(found)
}
