use sea_orm_migration::prelude::*;


/// First tables of the area.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_fulfilment"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}
