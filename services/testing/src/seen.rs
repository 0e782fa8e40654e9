use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use sea_orm::{ConnectionTrait, Statement};
use stoa_kernel::Db;

use crate::Test;

/// Statements sent while somebody listens.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Option<Vec<String>>>>);

impl Recorder {
    pub fn hear(&self, sql: &str) {
        if let Some(heard) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            heard.push(sql.to_owned());
        }
    }

    fn swap(&self, with: Option<Vec<String>>) -> Vec<String> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *heard, with).unwrap_or_default()
    }
}

impl Test {
    /// What `work` answers, and the statements it sent to the database, begin and commit of
    /// transactions left out. Whatever else runs meanwhile counts too.
    pub async fn statements<T>(&self, work: impl Future<Output = T>) -> (T, Vec<String>) {
        self.recorder.swap(Some(Vec::new()));
        let done = work.await;
        (done, self.recorder.swap(None))
    }

    /// Every row of every table, as text, and every file of the data folder beside the
    /// database. Two that are equal say that nothing was written in between.
    pub async fn everything(&self) -> BTreeMap<String, Vec<String>> {
        let db = &self.app.db;
        let (tables, row) = match db.is_sqlite() {
            true => ("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'", None),
            false => (
                "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
                Some("CAST(t AS TEXT)".to_owned()),
            ),
        };
        let mut all = BTreeMap::new();
        for table in texts(db, tables).await {
            let row = match &row {
                Some(row) => row.clone(),
                None => {
                    let columns = texts(db, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
                    let quoted: Vec<String> =
                        columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
                    quoted.join(" || ' ' || ")
                }
            };
            let rows = texts(db, &format!("SELECT {row} AS name FROM \"{table}\" t ORDER BY 1")).await;
            all.insert(table, rows);
        }
        files(self.folder(), &mut all);
        all
    }
}

async fn texts(db: &Db, sql: &str) -> Vec<String> {
    let rows = db.write().query_all_raw(Statement::from_string(db.backend(), sql)).await;
    let rows = rows.expect("the query runs");
    rows.iter().map(|row| row.try_get("", "name").expect("a text")).collect()
}

fn files(folder: &Path, all: &mut BTreeMap<String, Vec<String>>) {
    for entry in std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry")) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, all);
        } else if !entry.file_name().to_string_lossy().starts_with("stoa.db") {
            let bytes = std::fs::read(&path).expect("the file");
            all.insert(path.display().to_string(), vec![String::from_utf8_lossy(&bytes).into_owned()]);
        }
    }
}

/// Panics when `many` are more statements than `few`: what does the work for many then asks
/// the database for each. Says which it is.
#[track_caller]
pub fn no_more_statements(few: &[String], many: &[String]) {
    assert!(!few.is_empty(), "nothing was asked of the database");
    if many.len() <= few.len() {
        return;
    }
    // Lists of values are longer for many.
    let kind = |sql: &String| sql.split(['(', '$']).next().unwrap_or_default().to_owned();
    let mut more: HashMap<String, (i64, String)> = HashMap::new();
    for (sql, sign) in many.iter().map(|sql| (sql, 1)).chain(few.iter().map(|sql| (sql, -1))) {
        more.entry(kind(sql)).or_insert_with(|| (0, sql.chars().take(400).collect())).0 += sign;
    }
    let more: Vec<String> = more
        .into_values()
        .filter(|(count, _)| *count > 0)
        .map(|(count, sql)| format!("{count} times more: {sql}"))
        .collect();
    panic!("{} statements for few and {} for many\n{}", few.len(), many.len(), more.join("\n"));
}
