//! The schema's history, one module per area. A migration is never edited after it
//! has landed, works while the previous release still runs, and imports no entities.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod aftersales;
mod append_only;
mod catalog;
mod channels;
mod engagement;
mod fulfilment;
mod identity;
mod kernel;
mod ordering;
mod payments;
mod pricing;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(kernel::M1),
            Box::new(identity::M1),
            Box::new(catalog::M1),
            Box::new(pricing::M1),
            Box::new(fulfilment::M1),
            Box::new(payments::M1),
            Box::new(ordering::M1),
            Box::new(aftersales::M1),
            Box::new(engagement::M1),
            Box::new(channels::M1),
            Box::new(channels::M2),
        ]
    }
}

/// Creates the tables and their indexes, in order.
async fn create(
    manager: &SchemaManager<'_>,
    tables: Vec<TableCreateStatement>,
    indexes: Vec<IndexCreateStatement>,
) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table).await?;
    }
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// An index `ix_<table>_<columns>`.
fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(format!("ix_{table}_{}", columns.join("_"))).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

/// A unique index `ux_<table>_<columns>`.
fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(table, columns).name(format!("ux_{table}_{}", columns.join("_"))).unique().to_owned()
}
