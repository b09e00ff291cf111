//! A bank that stays open.
//!
//! The vault holds the money, the audit writes down what happens to it, the teller takes orders. A bad order crashes
//! the teller: its supervisor starts it again, and money and audit have noticed nothing. When the vault itself crashes,
//! `rest_for_one` starts all that stands on it anew.

use std::time::Duration;

use behaviour::prelude::*;

/// Where the money is.
#[gen_server(name = "vault")]
pub struct Vault {
    cents: u64,
}

#[gen_server]
impl Vault {
    #[init]
    fn init(cx: &mut Context<Self>, opening: u64) -> Self {
        // Whoever wants to clean up when the supervisor says so, traps exits, as in OTP.
        cx.trap_exit(true);
        println!("vault:   open with {opening} cents");
        Self { cents: opening }
    }

    /// The money in it.
    #[call]
    pub fn balance(&self) -> u64 {
        self.cents
    }

    /// Takes money out and tells what is left.
    #[call]
    pub fn withdraw(&mut self, cents: u64) -> Result<u64, Overdrawn> {
        self.cents = self.cents.checked_sub(cents).ok_or(Overdrawn)?;
        Ok(self.cents)
    }

    /// Puts money in.
    #[cast]
    pub fn deposit(&mut self, cents: u64) {
        self.cents += cents;
    }

    #[info]
    fn somebody_ended(&mut self, exit: Exit) {
        println!("vault:   {} ended: {}", exit.pid, exit.reason);
    }

    #[terminate]
    fn lock_up(&mut self, reason: ExitReason) {
        println!("vault:   locked with {} cents ({reason})", self.cents);
    }
}

/// There is not so much money in the vault.
#[derive(Debug)]
pub struct Overdrawn;

/// Writes down what happens.
#[gen_server]
pub struct Audit {
    lines: Vec<String>,
}

/// Closes the books for the day.
#[derive(Clone)]
pub struct EndOfDay;

#[gen_server]
impl Audit {
    #[init]
    fn init(cx: &mut Context<Self>, day: Duration) -> Self {
        cx.send_every(day, EndOfDay);
        Self { lines: Vec::new() }
    }

    /// Writes a line.
    #[cast]
    pub fn note(&mut self, line: String) {
        self.lines.push(line);
    }

    /// How many lines there are.
    #[call]
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    #[info]
    fn close_books(&mut self, _: EndOfDay) {
        println!("audit:   {} lines today", self.lines.len());
        self.lines.clear();
    }
}

/// Takes orders over the counter.
#[gen_server]
pub struct Teller {
    vault: VaultClient,
    audit: AuditClient,
}

#[gen_server]
impl Teller {
    #[init]
    fn init(vault: VaultClient, audit: AuditClient) -> Self {
        println!("teller:  at the counter");
        Self { vault, audit }
    }

    /// Carries an order out: `+100` pays in, `-30` pays out.
    ///
    /// # Panics
    /// If the order is no number. The teller crashes, and comes back.
    #[call]
    pub async fn order(&mut self, order: String) -> Result<u64, CallError> {
        // A bad order is a bug of whoever wrote it. The teller does not defend itself: let it crash.
        let cents: i64 = order.parse().expect("an order is a number");
        let amount = cents.unsigned_abs();
        if cents >= 0 {
            self.vault.deposit(amount);
        } else if self.vault.withdraw(amount).await?.is_err() {
            println!("teller:  there is no money for {order}");
        }
        self.audit.note(order);
        self.vault.balance().await
    }
}

/// The bank and all that it needs, started in this order.
#[supervisor(rest_for_one, intensity = 3, period = 5s)]
pub struct Bank {
    opening: u64,
}

#[supervisor]
impl Bank {
    /// Where the money is.
    #[child]
    pub fn vault(&self) -> Child<Vault> {
        Vault::child(self.opening)
    }

    /// Writes down what happens to it.
    #[child(transient, shutdown = 2s)]
    pub fn audit(&self) -> Child<Audit> {
        Audit::child(Duration::from_hours(24))
    }

    /// Takes orders.
    #[child]
    pub fn teller(&self, bank: &BankClient) -> Child<Teller> {
        Teller::child(bank.vault(), bank.audit())
    }
}

#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bank = Bank { opening: 100 }.start().await?;
    // These name the children, whatever happens to their processes.
    let (vault, teller) = (bank.vault(), bank.teller());

    for order in ["+50", "-120", "-500", "all of it", "+7"] {
        match teller.order(order.into()).await {
            Ok(Ok(balance)) => println!("main:    {order:9} -> {balance} cents in the vault"),
            Ok(Err(error)) | Err(error) => println!("main:    {order:9} -> {error}"),
        }
    }
    println!("main:    {} orders written down, {} cents", bank.audit().lines().await?, vault.balance().await?);

    println!("main:    somebody blows up the vault");
    let (old, audit) = (vault.pid(), bank.audit().pid());
    vault.kill();
    // The call waits while the vault, and all that stands on it, is started again.
    println!("main:    {} cents in the new vault", vault.balance().await?);
    assert_ne!(vault.pid(), old);
    println!("main:    {} lines in the new books", bank.audit().lines().await?);
    assert_ne!(bank.audit().pid(), audit);

    bank.stop().await?;
    println!("main:    the bank is closed");
    Ok(())
}
