//! What `cargo xtask bench` compares Stoa's reads with: the main query of each, run by nothing but
//! axum and sqlx over the same database. No context, no limits, no permissions, no formats.
//!
//! `bare sqlite:PATH PORT` or `bare postgres://… PORT`; the routes are those the benchmark asks
//! for. The statements are copies of the ones in `services/catalog`: change both.

use std::{net::SocketAddr, str::FromStr as _, sync::Arc};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use sea_orm::sqlx::{
    self, AssertSqlSafe, FromRow, PgPool, Row as _, SqlitePool,
    postgres::{PgPoolOptions, PgRow},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A row as it is read from either database and answered.
macro_rules! answered {
    ($name:ident { $($column:ident: $kind:ty,)* }) => {
        #[derive(Serialize)]
        struct $name {
            $($column: $kind,)*
        }

        impl<'r> FromRow<'r, SqliteRow> for $name {
            fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
                Ok(Self { $($column: row.try_get(stringify!($column))?,)* })
            }
        }

        impl<'r> FromRow<'r, PgRow> for $name {
            fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
                Ok(Self { $($column: row.try_get(stringify!($column))?,)* })
            }
        }
    };
}

answered! {
    Listed {
        id: Uuid,
        version: i64,
        status: String,
        title: String,
        slug: String,
        maker: Option<String>,
        seller_id: Uuid,
        thumbnail_id: Option<Uuid>,
        thumbnail_alt: String,
        created_at: chrono::DateTime<chrono::Utc>,
        updated_at: chrono::DateTime<chrono::Utc>,
        published_at: Option<chrono::DateTime<chrono::Utc>>,
        from_amount: Option<i64>,
        to_amount: Option<i64>,
        compare_at: Option<i64>,
        in_stock: Option<bool>,
        picture_state: Option<String>,
        picture_width: Option<i32>,
        picture_height: Option<i32>,
        picture_placeholder: Option<String>,
        picture_avif: Option<bool>,
    }
}

answered! {
    Offered {
        id: Uuid,
        version: i64,
        status: String,
        seller_id: Uuid,
        sku_id: Option<Uuid>,
        in_stock: Option<bool>,
        amount: Option<i64>,
        compare_at: Option<i64>,
    }
}

const LISTED: &str = "SELECT p.id, p.version, p.status, p.title, p.slug, p.maker, p.seller_id, p.thumbnail_id, \
    p.thumbnail_alt, p.created_at, p.updated_at, p.published_at, s.from_amount, s.to_amount, s.compare_at, s.in_stock, \
    a.state AS picture_state, a.width AS picture_width, a.height AS picture_height, \
    a.placeholder AS picture_placeholder, a.avif AS picture_avif \
    FROM product p LEFT JOIN product_summary s ON s.product_id = p.id AND s.currency = $1 \
    LEFT JOIN asset a ON a.id = p.thumbnail_id WHERE p.status = $2 AND ";

const OFFERED: &str = "SELECT p.id, p.version, p.status, p.seller_id, k.id AS sku_id, k.in_stock, o.amount, \
    o.compare_at FROM product p LEFT JOIN sku k ON k.product_id = p.id \
    LEFT JOIN offer_summary o ON o.sku_id = k.id AND o.currency = $1 WHERE p.id = $2";

/// A failure is a 500 with its text: this program is asked by the benchmark alone.
struct Failed(sqlx::Error);

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: String,
}

/// The page of 20 after this product.
async fn list(State(pool): State<Arc<Pool>>, Query(page): Query<Page>) -> Result<Json<Vec<Listed>>, Failed> {
    let after = Uuid::from_str(&page.after).ok();
    let tail = if after.is_some() { "p.id < $3" } else { "TRUE" };
    let limit = if after.is_some() { "$4" } else { "$3" };
    let text = format!("{LISTED}{tail} ORDER BY p.id DESC LIMIT {limit}");
    Ok(Json(match &*pool {
        Pool::Sqlite(pool) => {
            let query = sqlx::query_as(AssertSqlSafe(text)).bind("EUR").bind("published");
            let query = if let Some(after) = after { query.bind(after) } else { query };
            query.bind(21_i64).fetch_all(pool).await?
        }
        Pool::Postgres(pool) => {
            let query = sqlx::query_as(AssertSqlSafe(text)).bind("EUR").bind("published");
            let query = if let Some(after) = after { query.bind(after) } else { query };
            query.bind(21_i64).fetch_all(pool).await?
        }
    }))
}

#[derive(Deserialize)]
struct Cards {
    ids: String,
}

/// These products, as a page of a category shows them.
async fn cards(
    State(pool): State<Arc<Pool>>,
    Query(cards): Query<Cards>,
) -> Result<Json<Vec<Listed>>, Failed> {
    let ids: Vec<Uuid> = cards.ids.split(',').filter_map(|id| Uuid::from_str(id).ok()).collect();
    let places: Vec<String> = (3..ids.len() + 3).map(|place| format!("${place}")).collect();
    let text = format!("{LISTED}p.id IN ({})", places.join(", "));
    Ok(Json(match &*pool {
        Pool::Sqlite(pool) => {
            let query = sqlx::query_as(AssertSqlSafe(text)).bind("EUR").bind("published");
            ids.into_iter().fold(query, |query, id| query.bind(id)).fetch_all(pool).await?
        }
        Pool::Postgres(pool) => {
            let query = sqlx::query_as(AssertSqlSafe(text)).bind("EUR").bind("published");
            ids.into_iter().fold(query, |query, id| query.bind(id)).fetch_all(pool).await?
        }
    }))
}

#[derive(Deserialize)]
struct One {
    id: Uuid,
}

/// Price and stock of a product's offers.
async fn product(
    State(pool): State<Arc<Pool>>,
    Query(one): Query<One>,
) -> Result<Json<Vec<Offered>>, Failed> {
    Ok(Json(match &*pool {
        Pool::Sqlite(pool) => sqlx::query_as(OFFERED).bind("EUR").bind(one.id).fetch_all(pool).await?,
        Pool::Postgres(pool) => sqlx::query_as(OFFERED).bind("EUR").bind(one.id).fetch_all(pool).await?,
    }))
}

async fn connect(database: &str) -> Result<Pool, sqlx::Error> {
    if !database.starts_with("sqlite:") {
        return Ok(Pool::Postgres(PgPoolOptions::new().max_connections(20).connect(database).await?));
    }
    let options = SqliteConnectOptions::from_str(database)?.read_only(true).statement_cache_capacity(512);
    Ok(Pool::Sqlite(SqlitePoolOptions::new().max_connections(4).connect_with(options).await?))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(database), Some(port)) = (args.next(), args.next()) else {
        anyhow::bail!("bare DATABASE PORT");
    };
    let router = Router::new()
        .route("/ready", get(|| async { "ready" }))
        .route("/list", get(list))
        .route("/cards", get(cards))
        .route("/product", get(product))
        .with_state(Arc::new(connect(&database).await?));
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse()?));
    axum::serve(tokio::net::TcpListener::bind(address).await?, router).await?;
    Ok(())
}
