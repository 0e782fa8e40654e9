use std::path::PathBuf;

use clap::Parser;
use stoa_kernel::{Ctx, audit};

use crate::support::Shop;

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    config: stoa::config::Config,
}

/// A demo whose audit records have been numbered, as the server does by and by.
fn served() -> Shop {
    let shop = Shop::demo();
    let config = Options::parse_from(["stoa".into(), "--data".into(), shop.data()] as [PathBuf; 3]).config;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let app = stoa::wire::app(&config).await.expect("the program");
        while audit::sequence(&Ctx::system(&app)).await.expect("numbers") > 0 {}
    });
    shop
}

/// What the doctor says of one check.
fn finding(shop: &Shop, check: &str) -> (bool, String) {
    let done = shop.run(&["doctor", "--json"]);
    let findings: Vec<serde_json::Value> =
        done.out.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect();
    let clean = findings.iter().all(|finding| finding["ok"] == true);
    assert_eq!(done.code, if clean { 0 } else { 3 }, "{}{}", done.out, done.err);
    let found = findings.iter().find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("no {check} in {}", done.out));
    (found["ok"] == true, found["detail"].as_str().expect("a text").to_owned())
}

#[test]
fn a_sound_shop_is_found_sound() {
    let shop = served();
    let done = shop.run(&["doctor"]).ok();
    assert_eq!(done.out.lines().filter(|line| line.starts_with("ok  ")).count(), 9, "{}", done.out);
    assert!(done.out.contains("all 288 are there, and no others"), "{}", done.out);
}

#[test]
fn damage_is_found_and_named() {
    let shop = served();
    for trigger in shop.rows("SELECT name AS line FROM sqlite_master WHERE type = 'trigger'") {
        shop.sql(&format!("DROP TRIGGER \"{trigger}\""));
    }
    for (damage, check, said, repair) in [
        (
            "UPDATE audit_record SET reason = 'nothing to see' WHERE seq = 3",
            "audit",
            "changed or removed",
            Some("UPDATE audit_record SET reason = NULL WHERE seq = 3"),
        ),
        (
            "UPDATE stock_level SET on_hand = on_hand + 1 WHERE sku_id = (SELECT MIN(sku_id) FROM stock_level)",
            "stock",
            "1 counters differ",
            Some(
                "UPDATE stock_level SET on_hand = on_hand - 1 WHERE sku_id = (SELECT MIN(sku_id) FROM stock_level)",
            ),
        ),
        (
            "UPDATE job SET state = 'dead' WHERE id = (SELECT MIN(id) FROM job)",
            "jobs",
            "stoa jobs retry --all-dead",
            None,
        ),
        (
            "UPDATE outbox_event SET state = 'dead' WHERE id = (SELECT MIN(id) FROM outbox_event)",
            "events",
            "stoa events retry --all-dead",
            None,
        ),
        ("DELETE FROM audit_record WHERE seq = 5", "audit", "changed or removed", None),
        (
            "DELETE FROM seaql_migrations WHERE version = (SELECT MAX(version) FROM seaql_migrations)",
            "schema",
            "stoa migrate",
            None,
        ),
    ] {
        assert!(finding(&shop, check).0, "{check} is sound before");
        shop.sql(damage);
        let (ok, detail) = finding(&shop, check);
        assert!(!ok && detail.contains(said), "{damage}: {detail}");
        if let Some(repair) = repair {
            shop.sql(repair);
        }
    }
}

#[test]
fn a_missing_picture_and_one_too_many_are_found() {
    let shop = served();
    let media = shop.data().join("objects/media");
    let fresh = media.join("just-arrived.webp");
    std::fs::write(&fresh, b"x").expect("a file");
    assert!(finding(&shop, "files").0, "a file that has just come may still get its row");
    let old = std::fs::File::options().append(true).open(&fresh).expect("the file");
    let now = old.metadata().and_then(|file| file.modified()).expect("a time");
    old.set_modified(now - std::time::Duration::from_secs(7200)).expect("a time");
    let (ok, detail) = finding(&shop, "files");
    assert!(!ok && detail.contains("1 files belong to nothing (media/just-arrived.webp)"), "{detail}");
    std::fs::remove_file(&fresh).expect("the file goes");

    let one = media.read_dir().expect("pictures").flatten().next().expect("a picture").path();
    std::fs::remove_file(&one).expect("the file goes");
    let (ok, detail) = finding(&shop, "files");
    let name = one.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(!ok && detail.contains(&format!("1 files are missing (media/{name})")), "{detail}");
}

#[test]
fn a_damaged_file_of_the_database_is_found() {
    let shop = Shop::demo();
    let path = shop.data().join("stoa.db");
    assert!(finding(&shop, "database").0);
    // Into the middle of a table's pages, as a failing disk does.
    shop.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let mut bytes = std::fs::read(&path).expect("the file");
    let page = 4096;
    for at in (bytes.len() / page / 2)..(bytes.len() / page / 2 + 20) {
        bytes[at * page..at * page + 64].fill(0xff);
    }
    std::fs::write(&path, bytes).expect("the file");
    let done = shop.run(&["doctor"]);
    assert!(done.code == 3 || done.code == 1, "{}{}", done.out, done.err);
    assert!(
        format!("{}{}", done.out, done.err).contains("damaged") || done.err.contains("malformed"),
        "{}{}",
        done.out,
        done.err
    );
}

#[test]
fn what_is_for_trying_only_is_found_in_production() {
    let shop = Shop::demo();
    let production = ["doctor", "--environment", "production"];
    let done = shop.run(&production);
    assert_eq!(done.code, 3);
    assert!(done.out.contains("STOA_PUBLIC_URL") && done.out.contains("STOA_SMTP_URL"), "{}", done.out);
    let fit =
        [&production[..], &["--public-url", "https://shop.example", "--smtp-url", "smtps://mail.example"]]
            .concat();
    assert!(shop.run(&fit).ok().out.contains("fit for production"));
}
