use sea_orm_migration::{prelude::*, schema::*};

use crate::{append_only::append_only, create, index, unique};

/// Users, sessions, links, roles, API keys, sellers, customers.
pub struct M1;

impl MigrationName for M1 {
    fn name(&self) -> &str {
        "m0001_identity"
    }
}

/// The built-in roles keep these ids for ever: the last byte counts them.
const ROLES: [(u8, &str, &str); 8] = [
    (1, "platform", "shopper"),
    (2, "seller", "seller"),
    (3, "platform", "staff"),
    (4, "platform", "admin"),
    (5, "seller", "catalog"),
    (6, "seller", "orders"),
    (7, "seller", "finance"),
    (8, "seller", "support"),
];

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
                .col(uuid_null("user_id"))
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
                .table("passkey")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(text("credential_id"))
                .col(json_binary("credential"))
                .col(big_integer("sign_count"))
                .col(string("name"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("last_used_at"))
                .foreign_key(&mut cascade("passkey", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("remembered_device")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(string("token_hash"))
                .col(text_null("user_agent"))
                .col(string_null("address"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("last_used_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .foreign_key(&mut cascade("remembered_device", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("known_device")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(string("mark"))
                .col(timestamp_with_time_zone("first_seen_at"))
                .col(timestamp_with_time_zone("last_seen_at"))
                .foreign_key(&mut cascade("known_device", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("social_account")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(string("provider"))
                .col(string("subject"))
                .col(string_null("email"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("last_used_at"))
                .foreign_key(&mut cascade("social_account", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("role")
                .col(uuid("id").primary_key())
                .col(string("scope"))
                .col(uuid_null("seller_id"))
                .col(string("name"))
                .col(string("name_folded"))
                .col(json_binary_null("permissions"))
                .col(string_null("created_by"))
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
                .table("invitation")
                .col(uuid("id").primary_key())
                .col(uuid_null("seller_id"))
                .col(string("email"))
                .col(string("email_normalised"))
                .col(json_binary("roles"))
                .col(string("token_hash"))
                .col(string("locale"))
                .col(string("state"))
                .col(string("invited_by"))
                .col(string_null("approved_by"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("closed_at"))
                .col(uuid_null("user_id"))
                .foreign_key(&mut cascade("invitation", "seller_id", "seller"))
                .foreign_key(&mut cascade("invitation", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("role_request")
                .col(uuid("id").primary_key())
                .col(string("kind"))
                .col(uuid("seller_id"))
                .col(uuid_null("user_id"))
                .col(uuid_null("role_id"))
                .col(json_binary_null("permissions"))
                .col(uuid("asked_by"))
                .col(string("state"))
                .col(uuid_null("decided_by"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("decided_at"))
                .foreign_key(&mut cascade("role_request", "seller_id", "seller"))
                .foreign_key(&mut cascade("role_request", "user_id", "user"))
                .foreign_key(&mut cascade("role_request", "role_id", "role"))
                .to_owned(),
            Table::create()
                .table("support_access")
                .col(uuid("id").primary_key())
                .col(uuid("staff_id"))
                .col(uuid_null("seller_id"))
                .col(uuid_null("user_id"))
                .col(text("reason"))
                .col(boolean("wants_write"))
                .col(boolean("write"))
                .col(string("state"))
                .col(big_integer("minutes"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("decided_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .foreign_key(&mut cascade("support_access", "staff_id", "user"))
                .foreign_key(&mut cascade("support_access", "seller_id", "seller"))
                .foreign_key(&mut cascade("support_access", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("app")
                .col(uuid("id").primary_key())
                .col(string("name"))
                .col(text_null("description"))
                .col(text_null("website"))
                .col(uuid_null("seller_id"))
                .col(uuid_null("user_id"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .col(timestamp_with_time_zone_null("deleted_at"))
                .col(big_integer("version"))
                .foreign_key(&mut cascade("app", "seller_id", "seller"))
                .foreign_key(&mut cascade("app", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("oauth_client")
                .col(uuid("id").primary_key())
                .col(uuid("app_id"))
                .col(string_null("secret_hash"))
                .col(string_null("secret_last_four"))
                .col(json_binary("redirect_uris"))
                .col(json_binary("scopes"))
                .col(boolean("own_tokens"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("revoked_at"))
                .col(big_integer("version"))
                .foreign_key(&mut cascade("oauth_client", "app_id", "app"))
                .to_owned(),
            Table::create()
                .table("oauth_consent")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(uuid("client_id"))
                .col(json_binary("scopes"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .foreign_key(&mut cascade("oauth_consent", "user_id", "user"))
                .foreign_key(&mut cascade("oauth_consent", "client_id", "oauth_client"))
                .to_owned(),
            Table::create()
                .table("oauth_code")
                .col(uuid("id").primary_key())
                .col(string("code_hash"))
                .col(uuid("client_id"))
                .col(uuid("user_id"))
                .col(uuid_null("seller_id"))
                .col(text("redirect_uri"))
                .col(json_binary("scopes"))
                .col(text_null("nonce"))
                .col(string("challenge"))
                .col(timestamp_with_time_zone("signed_in_at"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("used_at"))
                .col(uuid_null("grant_id"))
                .foreign_key(&mut cascade("oauth_code", "client_id", "oauth_client"))
                .foreign_key(&mut cascade("oauth_code", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("oauth_grant")
                .col(uuid("id").primary_key())
                .col(uuid("client_id"))
                .col(uuid_null("user_id"))
                .col(uuid_null("seller_id"))
                .col(json_binary("scopes"))
                .col(timestamp_with_time_zone_null("signed_in_at"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("revoked_at"))
                .col(string_null("revoked_why"))
                .col(big_integer("version"))
                .foreign_key(&mut cascade("oauth_grant", "client_id", "oauth_client"))
                .foreign_key(&mut cascade("oauth_grant", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("oauth_refresh")
                .col(uuid("id").primary_key())
                .col(uuid("grant_id"))
                .col(string("token_hash"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("used_at"))
                .foreign_key(&mut cascade("oauth_refresh", "grant_id", "oauth_grant"))
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
                .col(string_null("last_used_from"))
                .col(uuid_null("app_id"))
                .col(json_binary("networks"))
                .col(uuid_null("successor_id"))
                .col(big_integer("version"))
                .foreign_key(&mut cascade("api_key", "seller_id", "seller"))
                .foreign_key(&mut cascade("api_key", "user_id", "user"))
                .foreign_key(&mut cascade("api_key", "app_id", "app"))
                .to_owned(),
            Table::create()
                .table("customer")
                .col(uuid("id").primary_key())
                .col(string("kind"))
                .col(string("email"))
                .col(string("email_normalised"))
                .col(string("name"))
                .col(uuid_null("user_id"))
                .col(string_null("locale"))
                .col(uuid_null("shipping_address_id"))
                .col(uuid_null("billing_address_id"))
                .col(uuid_null("merged_into"))
                .col(timestamp_with_time_zone_null("erased_at"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .col(big_integer("version"))
                .foreign_key(&mut reference("customer", "user_id", "user"))
                .to_owned(),
            Table::create()
                .table("address")
                .col(uuid("id").primary_key())
                .col(uuid("customer_id"))
                .col(string("name"))
                .col(string("street"))
                .col(string_null("extra"))
                .col(string_null("company"))
                .col(string("postcode"))
                .col(string("city"))
                .col(string_null("region"))
                .col(string_len("country", 2))
                .col(string_null("phone"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .col(timestamp_with_time_zone_null("deleted_at"))
                .col(big_integer("version"))
                .foreign_key(&mut cascade("address", "customer_id", "customer"))
                .to_owned(),
            Table::create()
                .table("data_request")
                .col(uuid("id").primary_key())
                .col(string("kind"))
                .col(string("state"))
                .col(uuid("customer_id"))
                .col(string_null("open_key"))
                .col(string("asked_by"))
                .col(string("locale"))
                .col(timestamp_with_time_zone("asked_at"))
                .col(timestamp_with_time_zone("due_at"))
                .col(timestamp_with_time_zone_null("effective_at"))
                .col(json_binary("blockers"))
                .col(string_null("object"))
                .col(big_integer_null("bytes"))
                .col(timestamp_with_time_zone_null("expires_at"))
                .col(timestamp_with_time_zone_null("closed_at"))
                .col(big_integer("version"))
                .foreign_key(&mut cascade("data_request", "customer_id", "customer"))
                .to_owned(),
            Table::create()
                .table("contact_method")
                .col(uuid("id").primary_key())
                .col(uuid("customer_id"))
                .col(string("purpose"))
                .col(string("phone"))
                .col(timestamp_with_time_zone_null("verified_at"))
                .col(string_null("code_hash"))
                .col(timestamp_with_time_zone_null("code_expires_at"))
                .col(big_integer("code_tries"))
                .col(timestamp_with_time_zone("created_at"))
                .foreign_key(&mut cascade("contact_method", "customer_id", "customer"))
                .to_owned(),
            // No reference to the customer: what was agreed to outlives them, as proof.
            Table::create()
                .table("consent_record")
                .col(uuid("id").primary_key())
                .col(uuid("customer_id"))
                .col(string("purpose"))
                .col(string("channel"))
                .col(boolean("given"))
                .col(string("frequency"))
                .col(big_integer("text_version"))
                .col(string("source"))
                .col(string_null("ip_hash"))
                .col(string("actor"))
                .col(timestamp_with_time_zone("at"))
                .to_owned(),
            Table::create()
                .table("contact_preference")
                .col(uuid("customer_id"))
                .col(string("purpose"))
                .col(string("channel"))
                .col(boolean("given"))
                .col(string("frequency"))
                .col(timestamp_with_time_zone("since"))
                .col(timestamp_with_time_zone_null("last_contact_at"))
                .primary_key(Index::create().col("customer_id").col("purpose").col("channel"))
                .foreign_key(&mut cascade("contact_preference", "customer_id", "customer"))
                .to_owned(),
            Table::create()
                .table("customer_tag")
                .col(uuid("customer_id"))
                .col(string("tag"))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("customer_id").col("tag"))
                .foreign_key(&mut cascade("customer_tag", "customer_id", "customer"))
                .to_owned(),
            Table::create()
                .table("customer_note")
                .col(uuid("id").primary_key())
                .col(uuid("customer_id"))
                .col(text("text"))
                .col(string("author"))
                .col(timestamp_with_time_zone("created_at"))
                .foreign_key(&mut cascade("customer_note", "customer_id", "customer"))
                .to_owned(),
            Table::create()
                .table("segment")
                .col(uuid("id").primary_key())
                .col(string("name"))
                .col(string("name_key"))
                .col(string("kind"))
                .col(json_binary("conditions"))
                .col(timestamp_with_time_zone("created_at"))
                .col(big_integer("version"))
                .to_owned(),
            Table::create()
                .table("segment_member")
                .col(uuid("segment_id"))
                .col(uuid("customer_id"))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("segment_id").col("customer_id"))
                .foreign_key(&mut cascade("segment_member", "segment_id", "segment"))
                .foreign_key(&mut cascade("segment_member", "customer_id", "customer"))
                .to_owned(),
            Table::create()
                .table("company")
                .col(uuid("id").primary_key())
                .col(string("name"))
                .col(string_len("country", 2))
                .col(string_null("tax_id"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("updated_at"))
                .col(big_integer("version"))
                .to_owned(),
            Table::create()
                .table("company_member")
                .col(uuid("company_id"))
                .col(uuid("customer_id"))
                .col(string("role"))
                .col(big_integer_null("limit_amount"))
                .col(string_len_null("limit_currency", 3))
                .col(timestamp_with_time_zone("created_at"))
                .primary_key(Index::create().col("company_id").col("customer_id"))
                .foreign_key(&mut cascade("company_member", "company_id", "company"))
                .foreign_key(&mut cascade("company_member", "customer_id", "customer"))
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
            unique("passkey", &["credential_id"]),
            index("passkey", &["user_id"]),
            unique("remembered_device", &["token_hash"]),
            index("remembered_device", &["user_id"]),
            index("remembered_device", &["expires_at"]),
            unique("known_device", &["user_id", "mark"]),
            index("known_device", &["last_seen_at"]),
            unique("social_account", &["provider", "subject"]),
            index("social_account", &["user_id"]),
            unique("role", &["seller_id", "name_folded"]),
            // The platform's own; see below.
            unique("role", &["name_folded"])
                .name("ux_role_platform")
                .cond_where(Expr::col("seller_id").is_null())
                .to_owned(),
            unique("invitation", &["token_hash"]),
            index("invitation", &["seller_id", "state"]),
            index("invitation", &["email_normalised"]),
            index("role_request", &["seller_id", "state"]),
            index("role_request", &["user_id"]),
            index("support_access", &["staff_id"]),
            index("support_access", &["seller_id"]),
            index("support_access", &["user_id"]),
            unique("user_role", &["user_id", "role_id", "seller_id"]),
            // NULLs are never equal to each other, so the platform's roles need an index of their own.
            unique("user_role", &["user_id", "role_id"])
                .name("ux_user_role_platform")
                .cond_where(Expr::col("seller_id").is_null())
                .to_owned(),
            index("user_role", &["seller_id"]),
            index("app", &["seller_id"]),
            index("app", &["user_id"]),
            index("oauth_client", &["app_id"]),
            unique("oauth_consent", &["user_id", "client_id"]),
            index("oauth_consent", &["client_id"]),
            unique("oauth_code", &["code_hash"]),
            index("oauth_code", &["expires_at"]),
            index("oauth_grant", &["client_id"]),
            index("oauth_grant", &["user_id"]),
            index("oauth_grant", &["expires_at"]),
            unique("oauth_refresh", &["token_hash"]),
            index("oauth_refresh", &["grant_id"]),
            unique("api_key", &["key_hash"]),
            index("api_key", &["app_id"]),
            index("api_key", &["seller_id"]),
            index("api_key", &["user_id"]),
            unique("customer", &["email_normalised", "kind"]),
            unique("customer", &["user_id"]),
            index("customer", &["merged_into"]),
            index("address", &["customer_id"]),
            unique("data_request", &["open_key"]),
            index("data_request", &["customer_id"]),
            index("data_request", &["closed_at"]),
            unique("contact_method", &["customer_id", "purpose", "phone"]),
            index("consent_record", &["customer_id", "at"]),
            index("customer_tag", &["tag"]),
            index("customer_note", &["customer_id"]),
            unique("segment", &["name_key"]),
            index("segment_member", &["customer_id"]),
            index("company_member", &["customer_id"]),
        ];
        create(manager, tables, indexes).await?;
        append_only(manager, &["consent_record"]).await?;
        for (number, scope, name) in ROLES {
            let mut id = [0; 16];
            id[15] = number;
            let row = Query::insert()
                .into_table("role")
                .columns(["id", "scope", "name", "name_folded", "created_at", "version"])
                .values_panic([
                    sea_orm_migration::sea_orm::prelude::Uuid::from_bytes(id).into(),
                    scope.into(),
                    name.into(),
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
