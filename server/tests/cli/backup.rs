use crate::support::{Postgres, Shop, copy, until};

/// What a shopper would notice.
fn shown(shop: &Shop) -> Vec<Vec<String>> {
    [
        "SELECT slug || title || status AS line FROM product ORDER BY slug",
        "SELECT k.code || l.on_hand AS line FROM stock_level l JOIN sku k ON k.id = l.sku_id ORDER BY k.code",
        "SELECT name || email_normalised AS line FROM \"user\" ORDER BY 1",
    ]
    .iter()
    .map(|query| shop.rows(query))
    .collect()
}

/// `stoa backup` into a folder beside the data, `stoa restore` into another shop.
fn round_trip(shop: &Shop, target: &Shop) {
    let server = shop.serve(&[]);
    let folder = shop.path("copy").to_string_lossy().into_owned();
    // While it serves, and while somebody writes.
    let writer = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..5 {
                let slug = format!("shop-{number}");
                shop.run(&[
                    "seller",
                    "create",
                    "--slug",
                    &slug,
                    "--name",
                    &slug,
                    "--email",
                    "s@shops.example",
                ])
                .ok();
            }
        });
        let made = shop.run(&["backup", &folder, "--json"]).ok();
        let made: serde_json::Value = serde_json::from_str(&made.out).expect("one JSON object");
        assert!(made["files"].as_u64().expect("a number") >= 288, "{made}");
        writer.join()
    });
    writer.expect("others go on writing");
    shop.run(&["backup", &folder]).failed(1, "exists: name a new folder");
    let product = server
        .text("/en-gb/")
        .split("href=\"/en-gb/p/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .map(str::to_owned);
    let product = format!("/en-gb/p/{}", product.expect("a product on the home page"));
    drop(server);

    let restored = target.run(&["restore", &folder]).ok();
    assert!(restored.out.contains("stoa doctor"), "it says what to do next: {}", restored.out);
    target.run(&["doctor"]).ok();
    assert_eq!(shown(target), shown(shop));
    let server = target.serve(&[]);
    assert_eq!(server.text("/readyz"), "ready");
    let page = server.text(&product);
    let picture =
        page.split("/media/").nth(1).and_then(|rest| rest.split([' ', '"']).next()).expect("a picture");
    let (status, head, bytes) = server.get(&format!("/media/{picture}"));
    assert!(status == 200 && head.contains("image/webp") && bytes.starts_with(b"RIFF"), "{head}");
}

#[test]
fn a_shop_comes_back_from_a_backup_made_while_it_served() {
    let (shop, target) = (Shop::demo(), Shop::new());
    round_trip(&shop, &target);
    // The secret came along, so signed links go on working.
    let secret = |shop: &Shop| std::fs::read(shop.data().join("secret.key")).expect("a secret");
    assert_eq!(secret(&shop), secret(&target));
    let folder = shop.path("copy").to_string_lossy().into_owned();
    target.run(&["restore", &folder]).failed(1, "is not empty");
}

#[test]
fn a_shop_on_postgres_comes_back_too() {
    let (from, to) = (Postgres::create(), Postgres::create());
    let mut shop = Shop::new();
    shop.database = Some(from.url());
    shop.run(&["seed", "demo", "--products", "6"]).ok();
    let mut target = Shop::new();
    target.database = Some(to.url());
    round_trip(&shop, &target);
    let folder = shop.path("copy").to_string_lossy().into_owned();
    let mut other = Shop::new();
    other.run(&["restore", &folder]).failed(1, "backup of PostgreSQL");
    other.database = Some(to.url());
    other.run(&["restore", &folder]).failed(1, "restore into an empty one");
    assert!(!other.data().join("objects").exists(), "and nothing was put there");
}

#[test]
fn what_is_no_whole_backup_is_refused() {
    let shop = Shop::demo();
    let folder = shop.path("copy").to_string_lossy().into_owned();
    shop.run(&["backup", &folder]).ok();
    let fresh = || Shop::new();
    fresh().run(&["restore", "nowhere"]).failed(1, "no backup that was completed");

    let broken = |what: &str, change: &dyn Fn(&std::path::Path)| {
        let target = fresh();
        let copied = target.path("broken");
        copy(&shop.path("copy"), &copied);
        change(&copied);
        let done = target.run(&["restore", &copied.to_string_lossy()]).failed(1, what);
        assert!(!target.data().join("stoa.db").exists(), "no half shop: {}", done.err);
        target.run(&["doctor"]).failed(1, "there is no shop");
    };
    let manifest = |folder: &std::path::Path| folder.join("backup.json");
    broken("no backup that was completed", &|folder| {
        std::fs::remove_file(manifest(folder)).expect("it goes")
    });
    broken("can't be read", &|folder| std::fs::write(manifest(folder), b"{").expect("it is written"));
    broken("newer than this one", &|folder| {
        let text = std::fs::read_to_string(manifest(folder)).expect("a text");
        std::fs::write(manifest(folder), text.replace("\"layout\": 1", "\"layout\": 2"))
            .expect("it is written");
    });
    broken("it is not whole", &|folder| {
        let one =
            folder.join("objects/media").read_dir().expect("pictures").flatten().next().expect("a picture");
        std::fs::remove_file(one.path()).expect("it goes");
    });
    broken("stoa.db", &|folder| std::fs::remove_file(folder.join("stoa.db")).expect("it goes"));
}

#[test]
fn the_sandbox_bank_is_in_the_backup_with_what_it_has_just_written() {
    let shop = Shop::demo();
    let server = shop.serve(&[]);
    until("the bank has its file", || shop.data().join("sandbox.db").exists());
    let folder = shop.path("copy").to_string_lossy().into_owned();
    shop.run(&["backup", &folder]).ok();
    drop(server);
    let bank = Shop::new();
    std::fs::create_dir_all(bank.data()).expect("a folder");
    std::fs::copy(shop.path("copy").join("sandbox.db"), bank.data().join("stoa.db")).expect("a copy");
    assert!(!bank.rows("SELECT name AS line FROM sqlite_master WHERE type = 'table'").is_empty());
}
