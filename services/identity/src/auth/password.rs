//! Passwords at rest: Argon2id, off the threads that answer requests.

use std::{cell::Cell, future::Future, sync::LazyLock, time::Duration};

use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use stoa_identity_types::Password;
use stoa_kernel::{Error, Result, error::codes, text::nfc};
use tokio::sync::Semaphore;

use super::lanes::Turn;

/// Memory in KiB, passes and lanes. Raising them strengthens old hashes at each person's
/// next sign-in.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// How long a sign-in waits for its turn at the hasher.
const PATIENCE: Duration = Duration::from_secs(10);

/// As many at once as there are cores: more would take memory and gain nothing.
static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, std::num::NonZero::get)));

/// What an unknown address is compared with, so that it costs the same as a known one.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody has this password").ok());

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It is the password.
    Right,
    /// It is, and its hash is weaker than today's.
    RightButWeak,
    /// It is not, or there is none.
    Wrong,
}

/// Hashes a new password. 503 when too many wait for the same.
pub async fn hash(password: &Password) -> Result<String> {
    let password = password.clone();
    in_turn(move || hash_now(password.reveal())).await?
}

/// Compares a password with a stored hash. Without one it does the same work and says no.
pub async fn verify(password: &Password, stored: Option<String>) -> Result<Check> {
    verify_in(None, password, stored).await
}

/// [`verify`], holding the turn in a lane until the work is done.
pub(super) async fn verify_in(
    lane: Option<Turn>,
    password: &Password,
    stored: Option<String>,
) -> Result<Check> {
    let password = password.clone();
    in_turn(move || {
        let _lane = lane;
        match stored {
            Some(stored) => check(password.reveal(), &stored),
            None => {
                if let Some(nobody) = NOBODY.as_deref() {
                    let _ = check(password.reveal(), nobody);
                }
                Check::Wrong
            }
        }
    })
    .await
}

thread_local! {
    /// Hashes computed by the work that has this thread.
    static COMPUTED: Cell<u32> = const { Cell::new(0) };
}

tokio::task_local! {
    /// Hashes computed for what [`counting`] runs.
    static COUNTED: Cell<u32>;
}

/// How many password hashes `work` computes: what a guesser could tell people by, if it were
/// not always the same.
pub async fn counting<T>(work: impl Future<Output = T>) -> (T, u32) {
    COUNTED.scope(Cell::new(0), async { (work.await, COUNTED.with(Cell::get)) }).await
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = tokio::time::timeout(PATIENCE, TURNS.acquire()).await;
    let Ok(Ok(turn)) = turn else {
        return Err(codes::UNAVAILABLE.error("Many people are signing in right now. Try again in a moment."));
    };
    let counted = move || {
        // Held by the work, which goes on when whoever asked for it has gone away.
        let _turn = turn;
        COMPUTED.set(0);
        (work(), COMPUTED.get())
    };
    let (done, computed) = tokio::task::spawn_blocking(counted).await.map_err(Error::internal)?;
    // Nobody counts but a test.
    let _ = COUNTED.try_with(|counted| counted.set(counted.get() + computed));
    Ok(done)
}

fn hasher() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    Params::new(memory, passes, lanes, None)
        .map(Argon2::from)
        .map_err(|error| Error::internal(error.to_string()))
}

fn hash_now(password: &str) -> Result<String> {
    COMPUTED.set(COMPUTED.get() + 1);
    let hash: PasswordHash = hasher()?
        .hash_password(nfc(password).as_bytes())
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(hash.to_string())
}

fn check(password: &str, stored: &str) -> Check {
    let Ok(parsed) = PasswordHash::new(stored) else { return Check::Wrong };
    COMPUTED.set(COMPUTED.get() + 1);
    if Argon2::default().verify_password(nfc(password).as_bytes(), &parsed).is_err() {
        return Check::Wrong;
    }
    let strong = parsed.algorithm.as_str() == "argon2id"
        && Params::try_from(&parsed).is_ok_and(|used| {
            let (memory, passes, lanes) = COST;
            used.m_cost() >= memory && used.t_cost() >= passes && used.p_cost() >= lanes
        });
    if strong { Check::Right } else { Check::RightButWeak }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_argon2id_of_at_least_the_agreed_cost_and_fits_only_its_password() {
        let (right, wrong) = (Password::new("lavender on tuesday"), Password::new("lavender on Tuesday"));
        let stored = hash(&right).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hash(&right).await.unwrap(), "salted");
        assert_eq!(verify(&right, Some(stored.clone())).await.unwrap(), Check::Right);
        assert_eq!(verify(&wrong, Some(stored)).await.unwrap(), Check::Wrong);
        assert_eq!(verify(&right, None).await.unwrap(), Check::Wrong);
        let (phone, desk) = (Password::new("cafe\u{301} on tuesday"), Password::new("café on tuesday"));
        let kept = hash(&phone).await.unwrap();
        assert_eq!(verify(&desk, Some(kept)).await.unwrap(), Check::Right, "X10: keyboards differ");
        assert_eq!(verify(&right, Some("not a hash".to_owned())).await.unwrap(), Check::Wrong);
    }

    #[tokio::test]
    async fn the_password_nobody_has_opens_nothing() {
        assert_eq!(verify(&Password::new("nobody has this password"), None).await.unwrap(), Check::Wrong);
    }

    #[tokio::test]
    async fn a_hash_from_cheaper_days_is_recognised() {
        let cheap = Argon2::from(Params::new(8_192, 1, 1, None).unwrap());
        let hash: PasswordHash = cheap.hash_password(b"lavender on tuesday").unwrap();
        let stored = hash.to_string();
        assert_eq!(
            verify(&Password::new("lavender on tuesday"), Some(stored)).await.unwrap(),
            Check::RightButWeak
        );
    }
}
