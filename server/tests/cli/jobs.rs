//! Work that failed for good is looked at and put back.

use crate::support::{Postgres, Shop};

/// A shop whose work has not begun, one job and one event of it set aside.
fn failed(database: Option<String>) -> Shop {
    let mut shop = Shop::new();
    shop.database = database;
    for slug in ["kleio", "thalia"] {
        let email = format!("{slug}@stoa.example");
        shop.run(&["seller", "create", "--slug", slug, "--name", slug, "--email", &email]).ok();
    }
    let id = uuid::Uuid::now_v7();
    let id = if shop.database.is_some() { format!("'{id}'") } else { format!("x'{}'", id.simple()) };
    shop.sql(&format!(
        "INSERT INTO job (id, kind, payload, state, background, trace, run_at, attempts, max_attempts, progress_done, \
         progress_total, last_error, created_at) VALUES ({id}, 'kernel.clean_up', '{{\"secret\": 1}}', 'dead', false, \
         'tr', '2026-01-01T00:00:00+00:00', 3, 3, 2, 5, 'no room', '2026-01-01T00:00:00+00:00')"
    ));
    shop.sql("UPDATE outbox_event SET state = 'dead', attempts = 12, last_error = 'never'");
    shop
}

/// The ids a list shows, which are all well-formed.
fn lines(shop: &Shop, command: &[&str]) -> Vec<serde_json::Value> {
    let done = shop.run(&[command, &["--json"]].concat()).ok();
    done.out.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

fn work_that_failed_is_seen_and_put_back(database: Option<String>) {
    let shop = failed(database);
    let dead = lines(&shop, &["jobs", "list", "--state", "dead"]);
    assert_eq!(dead.len(), 1, "{dead:?}");
    let job = &dead[0];
    assert_eq!((&job["kind"], &job["error"]), (&"kernel.clean_up".into(), &"no room".into()));
    assert_eq!((&job["progress"]["done"], &job["progress"]["total"]), (&2.into(), &5.into()));
    assert_eq!(job["trace"], "tr");
    assert!(!job.to_string().contains("secret"), "what a job is about stays inside");
    let said = shop.run(&["jobs", "list"]).ok().out;
    assert!(said.contains("dead    kernel.clean_up") && said.contains("2 of 5  no room"), "{said}");

    let id = job["id"].as_str().expect("an id");
    assert_eq!(shop.run(&["jobs", "retry", id]).ok().out, "1 job is tried again.\n");
    assert_eq!(shop.sql("SELECT COUNT(*) FROM job WHERE state = 'queued' AND attempts = 0"), Some(1));
    shop.run(&["jobs", "retry", id]).failed(1, "is queued: only what failed for good is put back");
    shop.run(&["jobs", "retry", "job_00000000000000000000000000"]).failed(1, "there is no job_");
    shop.run(&["jobs", "retry", "evt_00000000000000000000000000"]).failed(2, "job_");
    shop.run(&["jobs", "retry"]).failed(2, "--all-dead");
    shop.run(&["jobs", "retry", id, "--all-dead"]).failed(2, "--all-dead");
    assert_eq!(shop.run(&["jobs", "retry", "--all-dead"]).ok().out, "No job failed for good.\n");

    let dead = lines(&shop, &["events", "dead"]);
    assert!(dead.len() >= 2, "{dead:?}");
    assert_eq!(dead[0]["error"], "never");
    assert!(dead[0]["subject"].as_str().is_some_and(|subject| subject.starts_with("sel_")), "{dead:?}");
    let id = dead[0]["id"].as_str().expect("an id");
    assert_eq!(shop.run(&["events", "retry", id]).ok().out, "1 event is tried again.\n");
    shop.run(&["events", "retry", id]).failed(1, "is pending");
    let rest = shop.run(&["events", "retry", "--all-dead"]).ok().out;
    assert!(rest.ends_with("tried again.\n"), "{rest}");
    assert_eq!(shop.sql("SELECT COUNT(*) FROM outbox_event WHERE state <> 'pending'"), Some(0));
    let done = shop.run(&["jobs", "list", "--state", "queued", "--limit", "0"]).ok();
    assert_eq!((done.out.as_str(), done.err.contains("--limit")), ("", true));
}

#[test]
fn work_that_failed_is_seen_and_put_back_on_sqlite() {
    work_that_failed_is_seen_and_put_back(None);
}

#[test]
fn work_that_failed_is_seen_and_put_back_on_postgresql() {
    let database = Postgres::create();
    work_that_failed_is_seen_and_put_back(Some(database.url()));
}

#[test]
fn the_doctor_names_the_commands_that_help() {
    let shop = failed(None);
    let said = shop.run(&["doctor"]).out;
    for command in ["stoa jobs list --state dead", "stoa jobs retry --all-dead", "stoa events dead"] {
        assert!(said.contains(command), "{command} is not in {said}");
    }
    shop.run(&["jobs", "retry", "--all-dead"]).ok();
    shop.run(&["events", "retry", "--all-dead"]).ok();
    assert!(!shop.run(&["doctor"]).out.contains("failed for good:"));
}
