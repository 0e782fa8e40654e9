use sea_orm_migration::{prelude::*, schema::*};

use crate::{create, index, unique};

/// Users, sessions, links, roles, API keys, sellers, customers.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_identity"
    }
}

/// The built-in roles keep these ids for ever: the last byte counts them.
const ROLES: [(u8, &str); 4] = [(1, "shopper"), (2, "seller"), (3, "staff"), (4, "admin")];

#[async_trait::async_trait]
impl MigrationTrait for M1 {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            Table::create()
                .table("user")
                .col(uuid("id").primary_key())
                .col(string("email"))
                .col(string("email_normalised"))
                .col(timestamp_with_time_zone_null("email_verified_at"))
                .col(string("name"))
                .col(text_null("password_hash"))
                .col(timestamp_with_time_zone_null("password_changed_at"))
                .col(string("status"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .col(big_integer("version"))
                .to_owned(),
            Table::create()
                .table("seller")
                .col(uuid("id").primary_key())
                .col(string("slug"))
                .col(string("name"))
                .col(string("email"))
                .col(string_len("country", 2))
                .col(text_null("description"))
                .col(string("status"))
                .col(text_null("status_reason"))
                .col(string("presence"))
                .col(big_integer("commission_bp"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .col(big_integer("version"))
                .to_owned(),
            Table::create()
                .table("session")
                .col(uuid("id").primary_key())
                .col(string("token_hash"))
                .col(uuid_null("user_id"))
                .col(json_binary("data"))
                .col(text_null("user_agent"))
                .col(string_null("address"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("last_seen_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .foreign_key(&mut cascade("session", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("one_time_link")
                .col(uuid("id").primary_key())
                .col(string("purpose"))
                .col(string("email"))
                .col(string("email_normalised"))
                .col(string("token_hash"))
                .col(string("locale"))
                .col(string_null("name"))
                .col(text_null("password_hash"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("used_at"))
                .to_owned(),
            Table::create()
                .table("second_factor")
                .col(uuid("user_id").primary_key())
                .col(text("secret"))
                .col(text_null("recovery"))
                .col(big_integer_null("last_step"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("confirmed_at"))
                .foreign_key(&mut cascade("second_factor", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("recovery_code")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(string("code_hash"))
                .col(timestamp_with_time_zone_null("used_at"))
                .foreign_key(&mut cascade("recovery_code", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("role")
                .col(uuid("id").primary_key())
                .col(uuid_null("seller_id"))
                .col(string("name"))
                .col(json_binary_null("permissions"))
                .col(timestamp_with_time_zone("created_at"))
                .col(big_integer("version"))
                .foreign_key(&mut cascade("role", "seller_id", "seller"))
                .to_owned(),
            Table::create()
                .table("user_role")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(uuid("role_id"))
                .col(uuid_null("seller_id"))
                .col(string("granted_by"))
                .col(timestamp_with_time_zone("granted_at"))
                .foreign_key(&mut cascade("user_role", "user_id", "user"))
                .foreign_key(&mut cascade("user_role", "role_id", "role"))
                .foreign_key(&mut cascade("user_role", "seller_id", "seller"))
                .to_owned(),
            Table::create()
                .table("api_key")
                .col(uuid("id").primary_key())
                .col(string("name"))
                .col(string("prefix"))
                .col(string("last_four"))
                .col(string("key_hash"))
                .col(json_binary("scopes"))
                .col(uuid_null("seller_id"))
                .col(uuid_null("user_id"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("expires_at"))
                .col(timestamp_with_time_zone_null("revoked_at"))
                .col(timestamp_with_time_zone_null("last_used_at"))
                .col(big_integer("version"))
                .foreign_key(&mut cascade("api_key", "seller_id", "seller"))
                .foreign_key(&mut cascade("api_key", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("customer")
                .col(uuid("id").primary_key())
                .col(string("kind"))
                .col(string("email"))
                .col(string("email_normalised"))
                .col(string("name"))
                .col(uuid_null("user_id"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .col(big_integer("version"))
                .foreign_key(&mut reference("customer", "user_id", "user"))
                .to_owned(),
        ];
        let indexes = vec![
            unique("user", &["email_normalised"]),
            unique("seller", &["slug"]),
            unique("session", &["token_hash"]),
            index("session", &["user_id"]),
            index("session", &["expires_at"]),
            unique("one_time_link", &["token_hash"]),
            index("one_time_link", &["email_normalised"]),
            index("one_time_link", &["expires_at"]),
            unique("recovery_code", &["user_id", "code_hash"]),
            unique("role", &["seller_id", "name"]),
            unique("user_role", &["user_id", "role_id", "seller_id"]),
            // NULLs are never equal to each other, so the platform's roles need an index of their own.
            unique("user_role", &["user_id", "role_id"])
                .name("ux_user_role_platform")
                .cond_where(Expr::col("seller_id").is_null())
                .to_owned(),
            index("user_role", &["seller_id"]),
            unique("api_key", &["key_hash"]),
            index("api_key", &["seller_id"]),
            index("api_key", &["user_id"]),
            unique("customer", &["email_normalised", "kind"]),
            index("customer", &["user_id"]),
        ];
        create(manager, tables, indexes).await?;
        for (number, name) in ROLES {
            let mut id = [0; 16];
            id[15] = number;
            let row = Query::insert()
                .into_table("role")
                .columns(["id", "name", "created_at", "version"])
                .values_panic([
                    sea_orm_migration::sea_orm::prelude::Uuid::from_bytes(id).into(),
                    name.into(),
                    Expr::current_timestamp(),
                    1_i64.into(),
                ])
                .to_owned();
            manager.execute(row).await?;
        }
        Ok(())
    }
}

/// A reference that takes its rows along when what they refer to is deleted.
fn cascade(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    reference(table, column, to).on_delete(ForeignKeyAction::Cascade).to_owned()
}

/// A reference to another table's `id`.
fn reference(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("fk_{table}_{column}")).from(table, column).to(to, "id").to_owned()
}
