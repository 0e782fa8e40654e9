use crate::support::Shop;

const PASSWORD: &str = "lavender on tuesday";

#[test]
fn shops_are_opened_and_listed() {
    let shop = Shop::new();
    let made = shop
        .run(&[
            "seller",
            "create",
            "--slug",
            "kleio",
            "--name",
            "Kleio Ceramics",
            "--email",
            "k@kleio.example",
            "--json",
        ])
        .ok();
    let made: serde_json::Value = serde_json::from_str(&made.out).expect("one JSON object");
    assert_eq!((&made["slug"], &made["country"]), (&"kleio".into(), &"GR".into()));
    shop.run(&[
        "seller",
        "create",
        "--slug",
        "auel",
        "--name",
        "Auel",
        "--email",
        "a@auel.example",
        "--country",
        "DE",
    ])
    .ok();
    let listed = shop.run(&["seller", "list", "--json"]).ok().out;
    let slugs: Vec<String> = listed
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).expect("a JSON object a line")["slug"].to_string()
        })
        .collect();
    assert_eq!(slugs, ["\"auel\"", "\"kleio\""]);
    assert!(shop.run(&["seller", "list"]).ok().out.contains("Kleio Ceramics"));

    shop.run(&["seller", "create", "--slug", "kleio", "--name", "K", "--email", "k@kleio.example"])
        .failed(1, "Choose another. [sellers.slug_taken]");
    // Everything that is wrong, each on its line.
    let bad = shop
        .run(&["seller", "create", "--slug", "Bad Slug", "--name", "", "--email", "abc", "--country", "xx"])
        .failed(1, "Check 4 answers");
    assert_eq!(bad.err.lines().count(), 5, "{}", bad.err);
}

#[test]
fn people_of_every_role_are_added_with_a_password_from_standard_input() {
    let shop = Shop::new();
    shop.run(&["seller", "create", "--slug", "kleio", "--name", "Kleio", "--email", "k@kleio.example"]).ok();
    for role in ["shopper", "staff", "admin"] {
        let email = format!("{role}@stoa.example");
        let made = shop
            .run_with(&["user", "create", "--email", &email, "--role", role, "--password-stdin"], PASSWORD)
            .ok();
        assert!(made.out.starts_with("usr_") && made.out.contains(&email), "{}", made.out);
    }
    let seller =
        ["user", "create", "--email", "s@kleio.example", "--role", "seller", "--password-stdin", "--json"];
    shop.run_with(&seller, PASSWORD).failed(1, "add --seller SLUG");
    shop.run_with(&[&seller[..], &["--seller", "nobody"]].concat(), PASSWORD)
        .failed(1, "no shop is called “nobody”");
    let made = shop.run_with(&[&seller[..], &["--seller", "kleio"]].concat(), &format!("{PASSWORD}\n")).ok();
    let made: serde_json::Value = serde_json::from_str(&made.out).expect("one JSON object");
    assert_eq!(made["email"], "s@kleio.example");

    let again = ["user", "create", "--email", "staff@stoa.example", "--role", "staff"];
    shop.run(&again).failed(1, "--password-stdin");
    let again = [&again[..], &["--password-stdin"]].concat();
    shop.run_with(&again, "short").failed(1, "password: Use at least 12 characters");
    shop.run_with(&again, "").failed(1, "password");
    assert_eq!(shop.run_with(&again, PASSWORD).code, 1, "one address, one account");
    // The password is nowhere in clear.
    for file in ["stoa.db", "stoa.db-wal"] {
        let bytes = std::fs::read(shop.data().join(file)).unwrap_or_default();
        assert!(!bytes.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes()), "{file}");
    }
}

#[test]
fn a_key_is_shown_once_and_opens_what_it_was_made_for() {
    let shop = Shop::new();
    shop.run(&["seller", "create", "--slug", "kleio", "--name", "Kleio", "--email", "k@kleio.example"]).ok();
    let made = shop.run(&["token", "create", "--scopes", "orders.read,products.write"]).ok();
    let key = made.out.trim();
    assert!(made.err.contains("shown only now"));
    // Prefix, environment, a random part, and a checksum that tells a mistyped key.
    let parts: Vec<&str> = key.splitn(3, '_').collect();
    let (random, checksum) = parts[2].rsplit_once('_').expect("a checksum");
    assert_eq!((parts[0], parts[1]), ("stoa", "dev"));
    assert!(random.len() >= 40 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{random}");
    let begun = &key[..key.len() - checksum.len() - 1];
    assert_eq!(checksum, format!("{:08x}", crc32(begun.as_bytes())));
    for file in ["stoa.db", "stoa.db-wal"] {
        let bytes = std::fs::read(shop.data().join(file)).unwrap_or_default();
        assert!(
            !bytes.windows(random.len()).any(|part| part == random.as_bytes()),
            "{file} has the key in clear"
        );
    }
    let own = shop.run(&["token", "create", "--scopes", "orders.read", "--seller", "kleio", "--json"]).ok();
    let own: serde_json::Value = serde_json::from_str(&own.out).expect("one JSON object");

    let scopes = shop.run(&["token", "scopes"]).ok().out;
    assert!(scopes.lines().any(|scope| scope == "products.write"));
    shop.run(&["token", "create", "--scopes", "orders.read,nonsense.x"])
        .failed(1, "nonsense.x")
        .failed(1, "stoa token scopes");
    shop.run(&["token", "create", "--scopes", "sellers.write", "--seller", "kleio"])
        .failed(1, "sellers.write");
    shop.run(&["token", "create", "--scopes", "orders.read", "--seller", "nobody"])
        .failed(1, "no shop is called");

    let server = shop.serve(&[]);
    let orders = |key: &str| server.get_with("/v1/orders", &format!("Authorization: Bearer {key}\r\n")).0;
    assert_eq!(orders(key), 200);
    assert_eq!(orders(own["secret"].as_str().expect("a secret")), 200);
    assert_eq!(orders(&key.replace(random, &random.chars().rev().collect::<String>())), 401);
    assert_eq!(server.get("/v1/orders").0, 401);
    let sellers = format!("Authorization: Bearer {key}\r\n");
    assert_eq!(server.get_with("/v1/audit/records", &sellers).0, 403, "and nothing else");
}

/// CRC-32 as ZIP and PNG have it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}
