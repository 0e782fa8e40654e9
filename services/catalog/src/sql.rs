//! SQL with its values, for the queries whose shape depends on what is asked.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use stoa_kernel::Result;

/// Text with numbered places (`$1`, which both databases read) and their values.
#[derive(Clone)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// A place with its value.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// `($1, $2, …)`; a list without values matches nothing.
    pub fn list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        self.push("(");
        let mut first = true;
        for value in values {
            if !first {
                self.push(", ");
            }
            first = false;
            self.bind(value);
        }
        if first {
            self.push("NULL");
        }
        self.push(")")
    }

    fn statement(self, conn: &impl ConnectionTrait) -> Statement {
        Statement::from_sql_and_values(conn.get_database_backend(), self.text, self.values)
    }

    pub async fn all<T: FromQueryResult>(self, conn: &impl ConnectionTrait) -> Result<Vec<T>> {
        let statement = self.statement(conn);
        let rows = conn.query_all_raw(statement).await?;
        rows.iter().map(|row| Ok(T::from_query_result(row, "")?)).collect()
    }

    pub async fn one<T: FromQueryResult>(self, conn: &impl ConnectionTrait) -> Result<Option<T>> {
        let statement = self.statement(conn);
        let row = conn.query_one_raw(statement).await?;
        Ok(row.map(|row| T::from_query_result(&row, "")).transpose()?)
    }

    /// Answers how many rows were changed.
    pub async fn execute(self, conn: &impl ConnectionTrait) -> Result<u64> {
        let statement = self.statement(conn);
        Ok(conn.execute_raw(statement).await?.rows_affected())
    }
}

/// A LIKE pattern that finds `word` anywhere; use with `ESCAPE '!'`.
pub(crate) fn anywhere(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for letter in word.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_searcher_types_is_never_a_pattern() {
        assert_eq!(anywhere("100%_!"), "%100!%!_!!%");
    }

    #[test]
    fn an_empty_list_matches_nothing() {
        let mut sql = Sql::new("id IN ");
        sql.list(Vec::<i64>::new());
        assert_eq!(sql.text, "id IN (NULL)");
    }
}
