use std::net::TcpListener;

use crate::support::{Postgres, Shop, until};

#[test]
fn a_shop_is_made_served_and_stopped() {
    let shop = Shop::new();
    let server = shop.serve(&[]);
    assert!(
        server.greeting.contains(&format!("http://localhost:{}", server.address.port())),
        "{}",
        server.greeting
    );
    assert_eq!(server.text("/healthz"), "ok");
    assert_eq!(server.text("/readyz"), "ready");
    assert!(server.text("/en-gb/").contains("</html>"), "an empty shop has a page");
    assert!(server.text("/dev/mail").contains("No mail has gone out yet"));
    assert_eq!(server.get("/v1/nothing").0, 404);

    shop.run(&["serve", "--bind", "127.0.0.1:0"]).failed(1, "another `stoa serve` runs on");
    shop.run(&["worker"]).failed(1, "`stoa serve` already runs the workers");
    let shop_b = Shop::new();
    shop_b.run(&["serve", "--bind", &server.address.to_string()]).failed(1, "choose another with --bind");
    shop_b.run(&["serve", "--no-workers"]).failed(1, "leave out --no-workers");
    // Other commands run beside it.
    shop.run(&["seller", "create", "--slug", "kleio", "--name", "Kleio", "--email", "k@kleio.example"]).ok();
    assert!(shop.run(&["events", "tail", "--no-follow"]).ok().out.contains("seller.onboarded"));

    assert_eq!(server.stop(), Some(0));
    shop.serve(&[]);
}

#[test]
fn an_outdated_schema_is_not_ready() {
    let shop = Shop::new();
    let server = shop.serve(&[]);
    shop.sql("DELETE FROM seaql_migrations WHERE version = (SELECT MAX(version) FROM seaql_migrations)");
    let (status, _, body) = server.get("/readyz");
    assert_eq!((status, String::from_utf8_lossy(&body).contains("stoa migrate")), (503, true));
    assert_eq!(server.get("/healthz").0, 200, "it lives all the same");
}

#[test]
fn production_has_no_pages_for_development() {
    let shop = Shop::demo();
    let production = ["--environment", "production", "--public-url", "https://shop.example"];
    // The sandbox takes test cards for money: production has it only by name.
    shop.run(&[&["serve", "--bind", "127.0.0.1:0"], production.as_slice()].concat())
        .failed(1, "--sandbox-url embedded");
    shop.run(&[&["seed", "demo"], production.as_slice()].concat()).failed(1, "--in-production");
    let server = shop.serve(&[production.as_slice(), &["--sandbox-url", "embedded"]].concat());
    for path in ["/dev/mail", "/dev/ui", "/en-gb/dev/ui"] {
        assert_eq!(server.get(path).0, 404, "{path}");
    }
}

#[test]
fn development_is_for_this_machine_unless_told() {
    let shop = Shop::new();
    shop.run(&["serve", "--bind", "0.0.0.0:0"]).failed(1, "can be reached by others");
    shop.run(&["serve", "--bind", "[::]:0"]).failed(1, "--environment production");
    shop.serve(&["--environment", "development"]);
}

#[test]
fn mails_are_shown_as_pages_text_and_source() {
    let shop = Shop::new();
    let mail = shop.data().join("mail");
    std::fs::create_dir_all(&mail).expect("a folder");
    std::fs::write(
        mail.join("0a-1.eml"),
        "From: Stoa <shop@stoa.example>\r\nTo: Ioanna <i@example.com>\r\nSubject: =?utf-8?b?PGI+S2Fuw6F0aTwvYj4=?=\r\n\
         Content-Type: multipart/alternative; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n\
         See http://localhost:3000/order\r\n--x\r\nContent-Type: text/html\r\n\r\n<html><head></head><body>\
         <a href=\"http://localhost:3000/order\">See</a><script>alert(1)</script></body></html>\r\n--x--\r\n",
    )
    .expect("a mail");
    let server = shop.serve(&[]);
    let list = server.text("/dev/mail");
    assert!(list.contains("&lt;b&gt;Kanáti&lt;/b&gt;") && list.contains("/dev/mail/0a-1.eml"), "{list}");
    let page = server.text("/dev/mail/0a-1.eml");
    assert!(page.contains("<a href=\"http://localhost:3000/order\">"), "links in the text work: {page}");
    let (status, head, html) = server.get("/dev/mail/0a-1.eml/html");
    assert_eq!(status, 200);
    assert!(String::from_utf8_lossy(&html).contains("<base target=\"_top\">"), "links leave the frame");
    assert!(
        head.contains("default-src 'none'") && !head.contains("script-src"),
        "nothing in it runs: {head}"
    );
    assert!(server.text("/dev/mail/0a-1.eml/source").starts_with("From: Stoa"));
    for path in ["/dev/mail/1.eml", "/dev/mail/..%2Fsecret.key", "/dev/mail/..%2F..%2Fx.eml/source"] {
        assert_eq!(server.get(path).0, 404, "{path}");
    }
}

#[test]
fn pages_show_the_smaller_pictures_once_their_jobs_have_run() {
    let shop = Shop::demo();
    // One picture is enough, and its time has come.
    shop.sql("DELETE FROM job WHERE kind = 'media.derive_avif' AND id <> (SELECT MIN(id) FROM job WHERE kind = 'media.derive_avif')");
    shop.sql("UPDATE job SET run_at = created_at WHERE kind = 'media.derive_avif'");
    let server = shop.serve(&[]);
    until("the AVIF files are made", || {
        shop.sql("SELECT COUNT(*) FROM asset_derivative WHERE format = 'avif'") == Some(5)
    });
    assert_eq!(shop.sql("SELECT COUNT(*) FROM asset WHERE avif"), Some(1));
    let product = shop.rows(
        "SELECT p.slug AS line FROM product p JOIN product_media m ON m.product_id = p.id JOIN asset a ON a.id = m.asset_id \
         WHERE a.avif ORDER BY p.slug LIMIT 1",
    );
    let page = server.text(&format!("/en-gb/p/{}", product.first().expect("a product shows it")));
    let source = page.split("<source type=\"image/avif\"").nth(1).expect("a <picture> with AVIF");
    let address = source.split("/media/").nth(1).and_then(|rest| rest.split(' ').next()).expect("an address");
    assert!(address.ends_with(".avif"), "{address}");
    let (status, head, bytes) = server.get(&format!("/media/{address}"));
    assert!(status == 200 && head.contains("image/avif") && head.contains("immutable"), "{head}");
    assert_eq!(&bytes[4..12], b"ftypavif");
}

#[test]
fn the_sandbox_bank_runs_as_its_own_process() {
    let shop = Shop::new();
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let bank = format!("127.0.0.1:{port}");
    let mut process = shop
        .command(&["sandbox", "--bind", &bank])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the bank starts");
    until("the bank listens", || std::net::TcpStream::connect(&bank).is_ok());
    shop.run(&["sandbox", "--bind", &bank]).failed(1, "choose another with --bind");
    let server = shop.serve(&["--sandbox-url", &format!("http://{bank}")]);
    assert_eq!(server.get("/sandbox/v1/intents").0, 404, "the shop has no bank of its own then");
    let _ = process.kill();
    let _ = process.wait();
}

#[test]
fn on_postgres_workers_are_processes_of_their_own() {
    let database = Postgres::create();
    let mut shop = Shop::new();
    shop.database = Some(database.url());
    let server = shop.serve(&["--no-workers"]);
    let second = shop.serve(&["--no-workers"]);
    shop.run(&["seller", "create", "--slug", "kleio", "--name", "Kleio", "--email", "k@kleio.example"]).ok();
    // No subscriber wants this event, so that it was delivered as it was written.
    shop.sql("UPDATE outbox_event SET state = 'pending', delivered_at = NULL");
    let waiting = "SELECT COUNT(*) FROM outbox_event WHERE state = 'pending'";
    assert!(shop.sql(waiting) > Some(0), "nobody delivers");
    let mut worker = shop
        .command(&["worker", "--workers", "1"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the worker starts");
    until("the events are delivered", || shop.sql(waiting) == Some(0));
    assert_eq!((server.text("/readyz").as_str(), second.text("/readyz").as_str()), ("ready", "ready"));
    let asked = std::process::Command::new("kill").args(["-TERM", &worker.id().to_string()]).status();
    assert!(asked.expect("kill runs").success());
    assert!(worker.wait().expect("it ends").success());
}
