use behaviour::pg::Scope;
use behaviour::prelude::*;

static NEWS: Scope<&str, News> = Scope::new();

#[derive(Clone)]
struct News;

#[gen_server]
struct Reader;

#[gen_server]
impl Reader {
    #[init]
    fn init(cx: &mut Context<Self>) -> Self {
        NEWS.join("sport", &cx.client());
        Self
    }
}

fn main() {}
