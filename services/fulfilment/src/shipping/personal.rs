//! What parcels say about the person they went to. Whose an order is, the areas above know.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value, json};
use stoa_fulfilment_entities::{fulfilment_order, shipment, tracking_event};
use stoa_kernel::{Result, Tx};
use stoa_types::{FulfilmentOrder, Id, Order, Shipment, Uuid};

/// Everything about the parcels of these orders, for a copy of somebody's data.
pub async fn export_of(conn: &impl ConnectionTrait, orders: &[Id<Order>]) -> Result<Value> {
    let orders = || orders.iter().map(|id| id.uuid());
    let parcels = fulfilment_order::Entity::find()
        .filter(fulfilment_order::Column::OrderId.is_in(orders()))
        .all(conn)
        .await?;
    let sent = shipment::Entity::find().filter(shipment::Column::OrderId.is_in(orders())).all(conn).await?;
    let news = tracking_event::Entity::find()
        .filter(tracking_event::Column::ShipmentId.is_in(sent.iter().map(|row| row.id)))
        .all(conn)
        .await?;
    let parcels: Vec<Value> = parcels
        .into_iter()
        .map(|row| {
            json!({
                "id": Id::<FulfilmentOrder>::new(row.id), "order": Id::<Order>::new(row.order_id),
                "ship_to": row.ship_to, "state": row.state,
            })
        })
        .collect();
    let sent: Vec<Value> = sent
        .into_iter()
        .map(|row| {
            let tracking: Vec<Value> = news
                .iter()
                .filter(|event| event.shipment_id == row.id)
                .map(|event| {
                    json!({
                        "status": event.status, "description": event.description, "place": event.place,
                        "at": event.occurred_at,
                    })
                })
                .collect();
            json!({
                "id": Id::<Shipment>::new(row.id), "order": Id::<Order>::new(row.order_id),
                "carrier": row.carrier, "tracking_number": row.tracking_number, "tracking": tracking,
            })
        })
        .collect();
    Ok(json!({ "fulfilments": parcels, "shipments": sent }))
}

/// Blanks what the parcels of these orders say about a person, in the caller's transaction. The
/// country stays: tax and statistics need it.
pub async fn erase_of(tx: &Tx, orders: &[Id<Order>]) -> Result<()> {
    let orders = || orders.iter().map(|id| id.uuid());
    let rows = fulfilment_order::Entity::find()
        .filter(fulfilment_order::Column::OrderId.is_in(orders()))
        .all(tx)
        .await?;
    let mut countries: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    for row in rows {
        let country = row.ship_to["country"].as_str().unwrap_or_default().to_owned();
        countries.entry(country).or_default().push(row.id);
    }
    use fulfilment_order::Column as C;
    for (country, rows) in countries {
        fulfilment_order::Entity::update_many()
            .col_expr(C::ShipTo, Expr::value(json!({ "country": country })))
            .col_expr(C::Version, Expr::col(C::Version).add(1))
            .filter(C::Id.is_in(rows))
            .exec(tx)
            .await?;
    }
    let sent: Vec<Uuid> = shipment::Entity::find()
        .filter(shipment::Column::OrderId.is_in(orders()))
        .select_only()
        .column(shipment::Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    shipment::Entity::update_many()
        .col_expr(shipment::Column::TrackingNumber, "".into())
        .col_expr(shipment::Column::Version, Expr::col(shipment::Column::Version).add(1))
        .filter(shipment::Column::Id.is_in(sent.iter().copied()))
        .exec(tx)
        .await?;
    // A courier may write down who took the parcel.
    tracking_event::Entity::update_many()
        .col_expr(tracking_event::Column::Place, Expr::value(Option::<String>::None))
        .col_expr(tracking_event::Column::Description, "".into())
        .filter(tracking_event::Column::ShipmentId.is_in(sent))
        .exec(tx)
        .await?;
    Ok(())
}
