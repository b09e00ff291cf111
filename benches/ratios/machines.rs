//! A machine of four states that go round, written three times: by hand as an enum in a tokio task, with statig inside such
//! a task, and as a user of ours writes it; and once more with a state timeout that every state arms and every event
//! cancels. Each event adds to a sum.

use behaviour::prelude::*;
use statig::blocking::{IntoStateMachineExt, StateMachine};
use statig::prelude::*;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::contender::Served;

/// What the machine is told.
pub(crate) struct Turn {
    by: u64,
    reply: Option<oneshot::Sender<u64>>,
}

type Client = UnboundedSender<Turn>;

async fn ask(client: &Client, by: u64) -> u64 {
    let (reply, answer) = oneshot::channel();
    client.send(Turn { by, reply: Some(reply) }).expect("the task lives");
    answer.await.expect("the task answers")
}

fn tell(client: &Client, by: u64) {
    client.send(Turn { by, reply: None }).expect("the task lives");
}

/// An enum and a `match`.
pub(crate) enum ByHand {}

enum Compass {
    North { turns: u64 },
    East,
    South,
    West,
}

impl Served for ByHand {
    type Client = Client;

    async fn start() -> Client {
        let (client, mut inbox) = unbounded_channel::<Turn>();
        tokio::spawn(async move {
            let (mut sum, mut rounds, mut compass) = (0, 0, Compass::North { turns: 0 });
            while let Some(Turn { by, reply }) = inbox.recv().await {
                sum += by;
                compass = match compass {
                    Compass::North { turns } => {
                        rounds += turns;
                        Compass::East
                    }
                    Compass::East => Compass::South,
                    Compass::South => Compass::West,
                    Compass::West => Compass::North { turns: 1 },
                };
                if let Some(reply) = reply {
                    // Who asked may have gone; nobody minds.
                    let _ = reply.send(sum + rounds);
                }
            }
        });
        client
    }

    async fn call(client: &Client, by: u64) -> u64 {
        ask(client, by).await
    }

    fn cast(client: &Client, by: u64) {
        tell(client, by);
    }
}

/// statig's machine.
pub(crate) enum Statig {}

#[derive(Default)]
struct Rose {
    sum: u64,
    rounds: u64,
}

#[state_machine(initial = "State::north(0)")]
impl Rose {
    #[state]
    fn north(&mut self, event: &Turn, turns: &mut u64) -> Outcome<State> {
        self.sum += event.by;
        self.rounds += *turns;
        Transition(State::east())
    }

    #[state]
    fn east(&mut self, event: &Turn) -> Outcome<State> {
        self.sum += event.by;
        Transition(State::south())
    }

    #[state]
    fn south(&mut self, event: &Turn) -> Outcome<State> {
        self.sum += event.by;
        Transition(State::west())
    }

    #[state]
    fn west(&mut self, event: &Turn) -> Outcome<State> {
        self.sum += event.by;
        Transition(State::north(1))
    }
}

impl Served for Statig {
    type Client = Client;

    async fn start() -> Client {
        let (client, mut inbox) = unbounded_channel::<Turn>();
        tokio::spawn(async move {
            let mut rose: StateMachine<Rose> = Rose::default().state_machine();
            while let Some(turn) = inbox.recv().await {
                rose.handle(&turn);
                if let Some(reply) = turn.reply {
                    let _ = reply.send(rose.inner().sum + rose.inner().rounds);
                }
            }
        });
        client
    }

    async fn call(client: &Client, by: u64) -> u64 {
        ask(client, by).await
    }

    fn cast(client: &Client, by: u64) {
        tell(client, by);
    }
}

/// Ours.
pub(crate) enum Generated {}

/// Where the needle points.
#[gen_statem(state)]
pub(crate) enum Needle {
    North { turns: u64 },
    East,
    South,
    West,
}

#[gen_statem(Needle)]
pub(crate) struct Spinner {
    sum: u64,
    rounds: u64,
}

#[gen_statem(Needle)]
impl Spinner {
    #[init]
    fn init() -> (Self, North) {
        (Self { sum: 0, rounds: 0 }, North { turns: 0 })
    }

    #[cast]
    fn turn(&mut self, north: North, by: u64) -> East {
        self.sum += by;
        self.rounds += north.turns;
        East
    }

    #[cast(turn)]
    fn turn_east(&mut self, _: East, by: u64) -> South {
        self.sum += by;
        South
    }

    #[cast(turn)]
    fn turn_south(&mut self, _: South, by: u64) -> West {
        self.sum += by;
        West
    }

    #[cast(turn)]
    fn turn_west(&mut self, _: West, by: u64) -> North {
        self.sum += by;
        North { turns: 1 }
    }

    #[call]
    fn ask(&mut self, north: North, by: u64) -> (East, u64) {
        (self.turn(north, by), self.sum + self.rounds)
    }

    #[call(ask)]
    fn ask_east(&mut self, east: East, by: u64) -> (South, u64) {
        (self.turn_east(east, by), self.sum + self.rounds)
    }

    #[call(ask)]
    fn ask_south(&mut self, south: South, by: u64) -> (West, u64) {
        (self.turn_south(south, by), self.sum + self.rounds)
    }

    #[call(ask)]
    fn ask_west(&mut self, west: West, by: u64) -> (North, u64) {
        (self.turn_west(west, by), self.sum + self.rounds)
    }
}

impl Served for Generated {
    type Client = SpinnerClient;

    async fn start() -> SpinnerClient {
        Spinner::start().await.expect("the machine starts")
    }

    async fn call(client: &SpinnerClient, by: u64) -> u64 {
        client.ask(by).await.expect("the machine answers")
    }

    fn cast(client: &SpinnerClient, by: u64) {
        client.turn(by);
    }
}

/// Ours with a timeout in each state, which the next event cancels.
pub(crate) enum Armed {}

/// What shall not take longer than a second.
#[gen_statem(state)]
pub(crate) enum Step {
    First,
    Second,
    Third,
    Fourth,
}

#[gen_statem(Step)]
pub(crate) struct Dance {
    sum: u64,
    late: u64,
}

#[gen_statem(Step)]
impl Dance {
    #[init]
    fn init() -> (Self, First) {
        (Self { sum: 0, late: 0 }, First)
    }

    #[cast]
    fn turn(&mut self, _: First, by: u64) -> Second {
        self.sum += by;
        Second
    }

    #[cast(turn)]
    fn turn_second(&mut self, _: Second, by: u64) -> Third {
        self.sum += by;
        Third
    }

    #[cast(turn)]
    fn turn_third(&mut self, _: Third, by: u64) -> Fourth {
        self.sum += by;
        Fourth
    }

    #[cast(turn)]
    fn turn_fourth(&mut self, _: Fourth, by: u64) -> First {
        self.sum += by;
        First
    }

    #[call]
    fn ask(&mut self, step: Step, by: u64) -> (Step, u64) {
        let next = match step {
            Step::First(first) => self.turn(first, by).into(),
            Step::Second(second) => self.turn_second(second, by).into(),
            Step::Third(third) => self.turn_third(third, by).into(),
            Step::Fourth(fourth) => self.turn_fourth(fourth, by).into(),
        };
        (next, self.sum + self.late)
    }

    #[state_timeout(1s)]
    fn too_late(&mut self, _: &Step) {
        self.late += 1;
    }
}

impl Served for Armed {
    type Client = DanceClient;

    async fn start() -> DanceClient {
        Dance::start().await.expect("the machine starts")
    }

    async fn call(client: &DanceClient, by: u64) -> u64 {
        client.ask(by).await.expect("the machine answers")
    }

    fn cast(client: &DanceClient, by: u64) {
        client.turn(by);
    }
}
