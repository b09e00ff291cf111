//! The `kv_server` example under real clients: the `redis` crate, and raw sockets for what no decent client sends.
//!
//! Every test starts a tree of its own on a port of its own, in its own runtime. The example's own unit tests run here
//! as well, for its modules are part of this program.

#[path = "../examples/kv_server/server/mod.rs"]
mod server;

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use behaviour::process;
use redis::{AsyncCommands as _, AsyncConnectionConfig, Client, RedisError, aio::MultiplexedConnection, cmd, pipe};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use self::server::{Server, ServerClient};

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server and where it listens.
struct Kv {
    server: ServerClient,
    address: SocketAddr,
}

impl Kv {
    async fn start() -> Self {
        let server =
            Server { address: (Ipv4Addr::LOCALHOST, 0).into(), shards: 4 }.start().await.expect("the tree starts");
        let address = server.listener().address().await.expect("the listener tells its address");
        Self { server, address }
    }

    /// A client of the `redis` crate, which would give up after half a second by itself.
    async fn client(&self) -> MultiplexedConnection {
        let client = Client::open(format!("redis://{}", self.address)).expect("a sound address");
        let patient =
            AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        client.get_multiplexed_async_connection_with_config(&patient).await.expect("the server takes a client")
    }

    /// A bare socket.
    async fn raw(&self) -> Raw {
        Raw(TcpStream::connect(self.address).await.expect("the server takes a client"))
    }

    async fn stop(self) {
        self.server.stop().await.expect("the tree stops");
    }
}

/// A client that may send anything.
struct Raw(TcpStream);

impl Raw {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.expect("the server reads");
    }

    /// Sends `bytes` and expects exactly `answer`.
    async fn ask(&mut self, bytes: impl AsRef<[u8]>, answer: &str) {
        self.send(bytes).await;
        self.expect(answer).await;
    }

    async fn expect(&mut self, answer: &str) {
        let mut read = vec![0; answer.len()];
        timeout(PATIENCE, self.0.read_exact(&mut read)).await.expect("an answer in time").expect("an answer");
        assert_eq!(String::from_utf8_lossy(&read), answer);
    }

    /// What the server still has to say before it hangs up.
    async fn rest(mut self) -> String {
        let mut read = Vec::new();
        timeout(PATIENCE, self.0.read_to_end(&mut read)).await.expect("the server hangs up").expect("no reset");
        String::from_utf8_lossy(&read).into_owned()
    }
}

/// Asks until the answer is right, for what happens in its own time.
async fn until<T: PartialEq + std::fmt::Debug>(expected: T, mut ask: impl AsyncFnMut() -> T) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask().await;
        if answer == expected {
            return;
        }
        assert!(Instant::now() < deadline, "still {answer:?}, not {expected:?}");
        sleep(Duration::from_millis(2)).await;
    }
}

/// Crashes the shard that owns a key.
async fn crash(client: &mut MultiplexedConnection, key: &str) {
    let answer: String = cmd("DEBUG").arg("PANIC").arg(key).query_async(client).await.expect("it crashed");
    assert_eq!(answer, "OK");
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_answers_as_redis_does() {
    let kv = Kv::start().await;
    let mut raw = kv.raw().await;
    for (line, answer) in [
        ("PING", "+PONG\r\n"),
        ("PING hi", "$2\r\nhi\r\n"),
        ("ECHO \"a b\"", "$3\r\na b\r\n"),
        ("SET k v", "+OK\r\n"),
        ("set k w NX", "$-1\r\n"),
        ("GET k", "$1\r\nv\r\n"),
        ("SET k w XX EX 1000", "+OK\r\n"),
        ("SET other w XX", "$-1\r\n"),
        ("SET k w", "+OK\r\n"),
        ("TTL k", ":-1\r\n"),
        ("PTTL none", ":-2\r\n"),
        ("EXPIRE k 1000", ":1\r\n"),
        ("PEXPIRE none 50", ":0\r\n"),
        ("APPEND k xyz", ":4\r\n"),
        ("GET k", "$4\r\nwxyz\r\n"),
        ("APPEND new a", ":1\r\n"),
        ("INCR n", ":1\r\n"),
        ("INCRBY n 41", ":42\r\n"),
        ("INCRBY n -2", ":40\r\n"),
        ("INCR k", "-ERR value is not an integer or out of range\r\n"),
        ("SET big 9223372036854775807", "+OK\r\n"),
        ("INCR big", "-ERR increment or decrement would overflow\r\n"),
        ("MSET a 1 b 2 c 3 d 4 e 5", "+OK\r\n"),
        ("MGET e none a c", "*4\r\n$1\r\n5\r\n$-1\r\n$1\r\n1\r\n$1\r\n3\r\n"),
        ("EXISTS a a b none", ":3\r\n"),
        ("DBSIZE", ":9\r\n"),
        ("DEL a b c none", ":3\r\n"),
        ("DBSIZE", ":6\r\n"),
        ("KEYS ne?", "*1\r\n$3\r\nnew\r\n"),
        ("KEYS [^a-m]*w", "*1\r\n$3\r\nnew\r\n"),
        ("EXPIRE new -1", ":1\r\n"),
        ("EXISTS new", ":0\r\n"),
        ("FLUSHALL", "+OK\r\n"),
        ("KEYS *", "*0\r\n"),
        ("CONFIG GET save", "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"),
        ("CLIENT SETNAME me", "+OK\r\n"),
        ("CLIENT GETNAME", "$2\r\nme\r\n"),
        ("CLIENT ID", ":1\r\n"),
        ("COMMAND COUNT", ":27\r\n"),
        (
            "COMMAND INFO get nope",
            "*2\r\n*6\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n$-1\r\n",
        ),
        ("SELECT 0", "+OK\r\n"),
        ("HELLO 3", "-NOPROTO unsupported protocol version\r\n"),
        ("RESET", "+RESET\r\n"),
        ("CLIENT GETNAME", "$-1\r\n"),
        ("GET", "-ERR wrong number of arguments for 'get' command\r\n"),
        ("SET k v EX 0", "-ERR invalid expire time in 'set' command\r\n"),
        ("SET k v NX XX", "-ERR syntax error\r\n"),
        ("LPUSH l a b", "-ERR unknown command 'LPUSH', with args beginning with: 'l' 'a' 'b' \r\n"),
        ("DEBUG SLEEP", "-ERR unknown subcommand 'SLEEP'. Try DEBUG HELP.\r\n"),
    ] {
        raw.ask(format!("{line}\r\n"), answer).await;
    }
    raw.send("QUIT\r\n").await;
    assert_eq!(raw.rest().await, "+OK\r\n");
    kv.stop().await;
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_are_any_bytes_of_any_length() -> Result<(), RedisError> {
    let kv = Kv::start().await;
    let mut client = kv.client().await;
    let value: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
    let () = client.set(b"\0\r\n\xff", &value).await?;
    assert_eq!(client.get::<_, Vec<u8>>(b"\0\r\n\xff").await?, value);
    assert_eq!(client.get::<_, Option<String>>("").await?, None);
    let info: String = cmd("INFO").query_async(&mut client).await?;
    assert!(info.contains("db0:keys=1,expires=0") && info.contains("connected_clients:1"), "{info}");
    kv.stop().await;
    Ok(())
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelines_are_answered_in_order() -> Result<(), RedisError> {
    let kv = Kv::start().await;
    let mut client = kv.client().await;
    let mut pipeline = pipe();
    for n in 0..2_000 {
        pipeline.set(format!("key:{n}"), n).ignore().get(format!("key:{n}"));
    }
    let answers: Vec<i64> = pipeline.query_async(&mut client).await?;
    assert_eq!(answers, (0..2_000).collect::<Vec<_>>());
    assert_eq!(cmd("DBSIZE").query_async::<i64>(&mut client).await?, 2_000);

    // An error is one answer among the others; arrays and lines may be mixed.
    let mut raw = kv.raw().await;
    let pipeline = "*2\r\n$4\r\nECHO\r\n$1\r\na\r\nnope\r\n\r\n*0\r\nGET key:7\r\n*1\r\n$4\r\nPING\r\n";
    let answers = "$1\r\na\r\n-ERR unknown command 'nope', with args beginning with: \r\n$1\r\n7\r\n+PONG\r\n";
    raw.ask(pipeline, answers).await;
    // In pieces, too.
    for byte in pipeline.bytes() {
        raw.send([byte]).await;
    }
    raw.expect(answers).await;
    kv.stop().await;
    Ok(())
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_the_protocol_costs_one_connection() -> Result<(), RedisError> {
    let kv = Kv::start().await;
    let mut bystander = kv.client().await;
    let () = bystander.set("k", "v").await?;
    for (bytes, error) in [
        ("*1\r\n+PING\r\n".into(), "expected '$', got '+'"),
        ("*1\r\n".repeat(100_000), "expected '$', got '*'"),
        ("*x\r\n".into(), "invalid multibulk length"),
        ("*1048577\r\n".into(), "invalid multibulk length"),
        ("*2147483647\r\n$1\r\n".into(), "invalid multibulk length"),
        ("*1\r\n$536870913\r\n".into(), "invalid bulk length"),
        ("*1\r\n$-5\r\n".into(), "invalid bulk length"),
        ("*1\r\n$4\r\nPINGPONG\r\n".into(), "expected CRLF behind a bulk string"),
        ("x".repeat(70_000), "too big inline request"),
        (format!("*{}", "1".repeat(70_000)), "too big mbulk count string"),
        (format!("*1\r\n${}", "1".repeat(70_000)), "too big bulk count string"),
        ("GET \"k\r\n".into(), "unbalanced quotes in request"),
    ] {
        let mut raw = kv.raw().await;
        raw.send(format!("PING\r\n{bytes}")).await;
        assert_eq!(raw.rest().await, format!("+PONG\r\n-ERR Protocol error: {error}\r\n"), "{error}");
        assert_eq!(bystander.get::<_, String>("k").await?, "v");
    }
    // Nor does one who leaves in the middle of a word do any harm.
    let mut raw = kv.raw().await;
    raw.send("*2\r\n$3\r\nGET\r\n$1000\r\nhalf").await;
    drop(raw);
    until(1, async || kv.server.listener().clients().await.expect("the listener lives")).await;
    assert_eq!(bystander.get::<_, String>("k").await?, "v");
    kv.stop().await;
    Ok(())
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_clients_count_together() -> Result<(), RedisError> {
    let kv = Kv::start().await;
    let mut clients = JoinSet::new();
    for _ in 0..50 {
        let mut client = kv.client().await;
        clients.spawn(async move {
            for round in 0..100 {
                let () = client.incr("all", 1).await?;
                let () = client.incr(format!("round:{round}"), 1).await?;
            }
            Ok::<_, RedisError>(())
        });
    }
    while let Some(done) = clients.join_next().await {
        done.expect("no client panics")?;
    }
    let mut client = kv.client().await;
    assert_eq!(client.get::<_, i64>("all").await?, 5_000);
    for round in 0..100 {
        assert_eq!(client.get::<_, i64>(format!("round:{round}")).await?, 50);
    }
    kv.stop().await;
    Ok(())
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_tells_how_long_it_will_be_there() -> Result<(), RedisError> {
    let kv = Kv::start().await;
    let (mut client, mut raw) = (kv.client().await, kv.raw().await);
    for (line, answer, seconds) in [
        ("SET k v EX 30000", "+OK\r\n", 30_000),
        ("SET k w XX PX 20000000", "+OK\r\n", 20_000),
        ("EXPIRE k 10000", ":1\r\n", 10_000),
        ("PEXPIRE k 5000000", ":1\r\n", 5_000),
    ] {
        raw.ask(format!("{line}\r\n"), answer).await;
        let (left, left_ms): (i64, i64) = (client.ttl("k").await?, client.pttl("k").await?);
        // Many minutes less, should the machine have stood still.
        assert!((seconds - 2_000..=seconds).contains(&left), "{line}: {left}");
        assert!((1_000 * (seconds - 2_000)..=1_000 * seconds).contains(&left_ms), "{line}: {left_ms}");
    }
    kv.stop().await;
    Ok(())
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_expire_by_themselves() -> Result<(), RedisError> {
    let kv = Kv::start().await;
    let mut client = kv.client().await;
    for n in 0..50_u64 {
        let () = cmd("SET").arg(format!("k{n}")).arg(n).arg("PX").arg(10 + n % 40).query_async(&mut client).await?;
    }
    let () = client.set("stays", 1).await?;
    let () = client.pexpire("stays", 3_600_000).await?;
    let () = client.set("goes", 1).await?;
    let () = client.pexpire("goes", 20).await?;
    // Nobody asks for the keys themselves; DBSIZE falls all the same.
    until(1, async || cmd("DBSIZE").query_async::<i64>(&mut client).await.expect("an answer")).await;
    assert_eq!(client.get::<_, Option<i64>>("goes").await?, None);
    assert_eq!(client.ttl::<_, i64>("goes").await?, -2);
    kv.stop().await;
    Ok(())
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_costs_one_shard_its_keys_and_nobody_a_connection() -> Result<(), RedisError> {
    let kv = Kv::start().await;
    let mut client = kv.client().await;
    let mut other = kv.client().await;
    for n in 0..400 {
        let () = client.set(format!("key:{n}"), n).await?;
    }

    // One client sends pipelines all the while; another crashes the same shard, time and again.
    let pipelines = tokio::spawn(async move {
        let (mut answered, mut refused) = (0, 0);
        for _ in 0..200 {
            let mut pipeline = pipe();
            for n in 0..50 {
                pipeline.cmd("INCR").arg(format!("n:{n}"));
            }
            let answers = pipeline.ignore_errors().query_async::<Vec<Result<i64, RedisError>>>(&mut other).await?;
            for answer in answers {
                match answer {
                    Ok(_) => answered += 1,
                    Err(error) => {
                        assert!(error.to_string().contains("try again"), "{error}");
                        refused += 1;
                    }
                }
            }
        }
        Ok::<_, RedisError>((answered, refused))
    });
    for _ in 0..3 {
        crash(&mut client, "key:0").await;
        sleep(Duration::from_millis(5)).await;
    }
    let (answered, refused) = pipelines.await.expect("the client lives")?;
    assert_eq!(answered + refused, 200 * 50, "every command has its answer");

    // The shard is back, and empty; the others never noticed.
    until(Ok(None), async || client.get::<_, Option<i64>>("key:0").await.map_err(|error| error.to_string())).await;
    let () = client.set("key:0", "again").await?;
    assert_eq!(client.get::<_, String>("key:0").await?, "again");
    let keys: Vec<String> = client.keys("key:*").await?;
    assert!((250..=350).contains(&keys.len()), "about three quarters of 400 are left, not {}", keys.len());
    kv.stop().await;
    Ok(())
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_closes_every_socket_and_the_port() {
    let kv = Kv::start().await;
    let mut idle = Vec::new();
    for _ in 0..10 {
        let mut raw = kv.raw().await;
        raw.ask("PING\r\n", "+PONG\r\n").await;
        idle.push(raw);
    }
    let (address, listener) = (kv.address, kv.server.listener().pid());
    kv.stop().await;
    assert!(!process::is_alive(listener));
    for raw in idle {
        assert_eq!(raw.rest().await, "");
    }
    // Nobody listens any more, unless it is another test that was given the port meanwhile, and will be done with it.
    until(true, async || TcpListener::bind(address).await.is_ok()).await;
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_a_failed_start() {
    let kv = Kv::start().await;
    assert!(Server { address: kv.address, shards: 1 }.start().await.is_err());
    kv.stop().await;
}
