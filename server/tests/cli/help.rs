use crate::support::{Shop, program};

/// Every command there is, as it is typed.
const COMMANDS: &[&str] = &[
    "serve",
    "worker",
    "migrate",
    "seed",
    "seed demo",
    "import",
    "import shopify",
    "import vendure",
    "seller",
    "seller create",
    "seller list",
    "user",
    "user create",
    "token",
    "token create",
    "token scopes",
    "sandbox",
    "events",
    "events tail",
    "events dead",
    "events retry",
    "jobs",
    "jobs list",
    "jobs retry",
    "openapi",
    "doctor",
    "backup",
    "restore",
];

fn help(command: &str) -> String {
    let done = program().args(command.split_whitespace()).arg("--help").output().expect("the program runs");
    assert!(done.status.success(), "{command}");
    String::from_utf8(done.stdout).expect("text")
}

#[test]
fn every_command_says_what_it_does_and_what_it_takes() {
    for command in COMMANDS {
        let help = help(command);
        let about = help.lines().next().unwrap_or_default();
        assert!(
            about.len() > 8 && !about.starts_with("Usage"),
            "{command} does not say what it does: {help}"
        );
        // An option without a word about it helps nobody.
        let lines: Vec<&str> = help.lines().collect();
        for (place, line) in lines.iter().enumerate() {
            let option = line.trim_start();
            if option.starts_with("--") || option.starts_with("-h") {
                let told =
                    option.contains("  ") || lines.get(place + 1).is_some_and(|next| !next.trim().is_empty());
                assert!(told, "{command}: {option} is not explained");
            }
        }
        assert!(help.contains("Options of every command"), "{command}: what is its own stands apart");
    }
    let all = help("");
    for command in COMMANDS.iter().filter(|command| !command.contains(' ')) {
        assert!(all.contains(&format!("\n  {command} ")), "{command} is not in the list");
    }
}

#[test]
fn the_manual_names_every_command_and_exit_code() {
    let manual = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/commands.md");
    let manual = std::fs::read_to_string(manual).expect("docs/commands.md");
    for command in COMMANDS
        .iter()
        .filter(|command| !COMMANDS.iter().any(|other| other.starts_with(&format!("{command} "))))
    {
        assert!(manual.contains(&format!("`stoa {command}")), "{command}");
    }
    for code in ["| 0 |", "| 1 |", "| 2 |", "| 3 |"] {
        assert!(manual.contains(code), "{code}");
    }
}

#[test]
fn a_mistyped_command_is_wrong_usage() {
    let shop = Shop::new();
    shop.run(&["sevre"]).failed(2, "serve");
    shop.run(&["import", "shopify"]).failed(2, "--seller");
    shop.run(&["user", "create", "--email", "a@b.example", "--role", "boss", "--password-stdin"])
        .failed(2, "shopper");
    shop.run(&["serve", "--bind", "nowhere"]).failed(2, "--bind");
    let nothing = program().output().expect("the program runs");
    assert_eq!(nothing.status.code(), Some(2));
}

#[test]
fn looking_into_an_empty_folder_makes_no_shop() {
    let shop = Shop::new();
    for command in [
        &["doctor"][..],
        &["seller", "list"],
        &["events", "tail", "--no-follow"],
        &["events", "dead"],
        &["events", "retry", "--all-dead"],
        &["jobs", "list"],
        &["jobs", "retry", "--all-dead"],
        &["backup", "copy"],
        &["token", "create", "--scopes", "orders.read"],
    ] {
        shop.run(command).failed(1, "there is no shop in");
        assert!(!shop.data().join("stoa.db").exists(), "{command:?}");
    }
    assert!(!shop.path("copy").exists());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let shop = Shop::new();
    shop.run(&["seller", "create", "--slug", "kleio", "--name", "Kleio", "--email", "k@kleio.example"]).ok();
    for command in
        [&["openapi"][..], &["seller", "list", "--json"], &["doctor"], &["events", "tail", "--no-follow"]]
    {
        let mut child = shop
            .command(command)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let done = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && !said.contains("panicked"), "{command:?}: {said}");
    }
}

#[test]
fn the_document_of_the_interface_needs_no_shop() {
    let done = program().arg("openapi").output().expect("the program runs");
    let document: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/v1/products"].is_object());
}

#[test]
fn migrating_twice_does_nothing_the_second_time() {
    let shop = Shop::new();
    assert!(shop.run(&["migrate"]).ok().out.starts_with("Ran "));
    assert_eq!(shop.run(&["migrate"]).ok().out, "The schema is current.\n");
}
