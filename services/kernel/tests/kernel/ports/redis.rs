//! The twin on a `redis-server` (Debian's package of that name) of each test's own.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use stoa_kernel::ports::{Bus, Cache, Rate, RateLimiter, Redis};

struct Server {
    port: u16,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::at(free.local_addr().unwrap().port())
    }

    fn at(port: u16) -> Self {
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is there: `cargo xtask test` installs it, or apt-get install redis-server");
        let server = Self { port, process };
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "redis-server answers in time");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Another process of the installation.
    async fn process(&self) -> Arc<Redis> {
        Arc::new(Redis::connect(&format!("redis://127.0.0.1:{}/3", self.port)).await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_what_the_contracts_promise() {
    let server = Server::start();
    let redis = server.process().await;
    super::cache::contract(&*redis).await;
    super::rate::contract(redis.clone()).await;
    super::bus::contract(redis).await;
}

const FEW: Rate = Rate { name: "few", count: 3, per: Duration::from_secs(600) };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_share_copies_allowances_and_word() {
    let server = Server::start();
    let (one, two) = (server.process().await, server.process().await);
    one.put("copy", vec![0, 255], Duration::from_secs(60)).await.unwrap();
    assert_eq!(two.get("copy").await.unwrap(), Some(vec![0, 255]));

    assert_eq!(one.take(FEW, "a").await.unwrap(), None);
    assert_eq!(two.take(FEW, "a").await.unwrap(), None);
    assert_eq!(one.take(FEW, "a").await.unwrap(), None);
    let wait = two.take(FEW, "a").await.unwrap().expect("used up by both");
    assert!(wait > Duration::from_secs(190) && wait <= Duration::from_secs(200), "{wait:?}");

    let mut heard = two.subscribe("orders").await.unwrap();
    one.publish("orders", &[b'\n', 0, 255]).await.unwrap();
    assert_eq!(super::bus::next(&mut heard).await, Some(vec![b'\n', 0, 255]));

    let elsewhere = Redis::connect(&format!("redis://127.0.0.1:{}/4", server.port)).await.unwrap();
    assert_eq!(elsewhere.get("copy").await.unwrap(), None, "another database is another installation");
    elsewhere.publish("orders", b"theirs").await.unwrap();
    one.publish("orders", b"ours").await.unwrap();
    assert_eq!(super::bus::next(&mut heard).await.as_deref(), Some(&b"ours"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_a_process_goes_on_by_itself_until_it_is_back() {
    let server = Server::start();
    let port = server.port;
    let redis = server.process().await;
    let mut heard = redis.subscribe("orders").await.unwrap();
    drop(server);

    let began = Instant::now();
    for _ in 0..3 {
        assert_eq!(redis.take(FEW, "a").await.unwrap(), None);
    }
    assert!(redis.take(FEW, "a").await.unwrap().is_some(), "limits hold, if for this process alone");
    redis.put("copy", b"1".to_vec(), Duration::from_secs(60)).await.unwrap();
    assert_eq!(redis.get("copy").await.unwrap().as_deref(), Some(&b"1"[..]));
    redis.publish("orders", b"alone").await.unwrap();
    assert_eq!(super::bus::next(&mut heard).await.as_deref(), Some(&b"alone"[..]));
    assert!(began.elapsed() < Duration::from_secs(15), "nobody waits long: {:?}", began.elapsed());

    let server = Server::at(port);
    let other = server.process().await;
    let began = Instant::now();
    loop {
        other.publish("orders", b"back").await.unwrap();
        let word =
            tokio::time::timeout(Duration::from_millis(300), futures::StreamExt::next(&mut heard)).await;
        if word.is_ok_and(|word| word.as_deref() == Some(b"back")) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it hears again");
    }
    other.put("copy", b"2".to_vec(), Duration::from_secs(60)).await.unwrap();
    assert_eq!(redis.get("copy").await.unwrap().as_deref(), Some(&b"2"[..]), "and reads what is shared");
}

#[tokio::test]
async fn an_address_where_nobody_answers_is_refused_at_start() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = Redis::connect(&format!("redis://127.0.0.1:{free}")).await.err().expect("refused");
    assert!(error.to_string().contains("Redis"), "{error}");
    assert!(Redis::connect("http://localhost").await.is_err());
}
