use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Has the database itself refuse to alter or delete rows of these tables: books are
/// corrected by new rows.
pub async fn append_only(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    let conn = manager.get_connection();
    let postgres = manager.get_database_backend() == DbBackend::Postgres;
    if postgres {
        conn.execute_unprepared(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'rows of % are never altered', TG_TABLE_NAME; END $$",
        )
        .await?;
    }
    for table in tables {
        for action in ["UPDATE", "DELETE"] {
            let name = format!("tr_{table}_no_{}", action.to_lowercase());
            let body = if postgres {
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()".to_owned()
            } else {
                format!("BEGIN SELECT RAISE(ABORT, 'rows of {table} are never altered'); END")
            };
            conn.execute_unprepared(&format!("CREATE TRIGGER {name} BEFORE {action} ON {table} {body}"))
                .await?;
        }
    }
    Ok(())
}
