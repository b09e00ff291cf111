//! A saga: steps that are all done, or undone again, whatever happens meanwhile.

use std::fmt;

use behaviour::prelude::*;

type Work = std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Remembers how to undo what was done.
///
/// It is linked to whoever began it. If a step fails or panics, or the owner ends before it has committed, everything
/// that was done is undone, the last step first.
#[gen_server]
pub struct Saga {
    done: Vec<(&'static str, Work)>,
}

#[gen_server]
impl Saga {
    #[init]
    fn init(cx: &mut Context<Self>) -> Self {
        // Whoever is told to end has time to clean up, and hears of the end of the owner.
        cx.trap_exit(true);
        Self { done: Vec::new() }
    }

    /// Does a step, and keeps how to undo it.
    #[call]
    async fn run(&mut self, cx: &mut Context<Self>, name: &'static str, work: Work, undo: Work) -> Result<(), String> {
        let done = work.await;
        match &done {
            Ok(()) => self.done.push((name, undo)),
            Err(error) => cx.stop(ExitReason::error(format!("{name}: {error}"))),
        }
        done
    }

    /// Nothing is undone any more.
    #[call]
    pub fn commit(&mut self, cx: &mut Context<Self>) {
        self.done.clear();
        cx.stop(ExitReason::Normal);
    }

    #[info]
    fn owner_ended(&mut self, cx: &mut Context<Self>, exit: Exit) {
        cx.stop(exit.reason);
    }

    #[terminate]
    async fn roll_back(&mut self) {
        for (name, undo) in self.done.drain(..).rev() {
            if let Err(error) = undo.await {
                tracing::error!(name, error, "a step could not be undone");
            }
        }
    }
}

impl SagaClient {
    /// Does this; if the saga fails later on, does that. If this itself fails, all is undone when that is told.
    pub async fn step<E: fmt::Display>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<(), E>> + Send + 'static,
        undo: impl Future<Output = Result<(), E>> + Send + 'static,
    ) -> Result<(), String> {
        let work = async { work.await.map_err(|error| error.to_string()) };
        let undo = async { undo.await.map_err(|error| error.to_string()) };
        let ended = self.ended();
        let done = self.run(name, Box::pin(work), Box::pin(undo)).forever().await;
        if !matches!(done, Ok(Ok(()))) {
            ended.await;
        }
        done.map_err(|error| error.to_string())?
    }
}
