use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Has the database itself refuse to alter or delete rows of these tables: books are
/// corrected by new rows.
pub async fn append_only(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables {
        refuse(manager, table, "update", "UPDATE", "").await?;
        refuse_removal(manager, table).await?;
    }
    Ok(())
}

/// As [`append_only`] for a table whose `late` columns are empty at first: they are filled
/// in once, together. `fixed` are all its other columns.
pub async fn filled_in_once(
    manager: &SchemaManager<'_>,
    table: &str,
    late: &[&str],
    fixed: &[&str],
) -> Result<(), DbErr> {
    let filled: Vec<String> = late.iter().map(|column| format!("OLD.{column} IS NOT NULL")).collect();
    let again = format!("WHEN ({})", filled.join(" OR "));
    refuse(manager, table, "update", &format!("UPDATE OF {}", fixed.join(", ")), "").await?;
    refuse(manager, table, "second_update", &format!("UPDATE OF {}", late.join(", ")), &again).await?;
    refuse_removal(manager, table).await
}

async fn refuse_removal(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    refuse(manager, table, "delete", "DELETE", "").await?;
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = format!(
        "CREATE TRIGGER tr_{table}_no_truncate BEFORE TRUNCATE ON {table} \
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    );
    manager.get_connection().execute_unprepared(&sql).await.map(|_| ())
}

/// The trigger `tr_<table>_no_<name>`.
async fn refuse(
    manager: &SchemaManager<'_>,
    table: &str,
    name: &str,
    action: &str,
    when: &str,
) -> Result<(), DbErr> {
    let conn = manager.get_connection();
    let body = if manager.get_database_backend() == DbBackend::Postgres {
        conn.execute_unprepared(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'rows of % are never altered', TG_TABLE_NAME; END $$",
        )
        .await?;
        format!("FOR EACH ROW {when} EXECUTE FUNCTION refuse_change()")
    } else {
        format!("FOR EACH ROW {when} BEGIN SELECT RAISE(ABORT, 'rows of {table} are never altered'); END")
    };
    conn.execute_unprepared(&format!("CREATE TRIGGER tr_{table}_no_{name} BEFORE {action} ON {table} {body}"))
        .await
        .map(|_| ())
}
