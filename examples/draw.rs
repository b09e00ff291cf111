//! Draws the machine of `traffic_light`, from what its signatures say.
//!
//! ```text
//! cargo run --example draw                                  both pictures
//! cargo run --example draw -- --mermaid                     for Markdown: GitHub and rustdoc's readers know it
//! cargo run --example draw -- --dot | dot -Tsvg > light.svg for Graphviz
//! ```

use std::collections::BTreeMap;

use behaviour::machine::Transition;
use petgraph::algo::kosaraju_scc;
use petgraph::dot::{Config, Dot, RankDir};
use petgraph::graph::DiGraph;

use traffic_light::Light;

#[path = "traffic_light.rs"]
#[allow(dead_code, unreachable_pub, reason = "the machine is drawn, not run")]
mod traffic_light;

/// States are nodes, and every event that leads from one to another is an edge.
fn graph(transitions: &[Transition]) -> DiGraph<&'static str, &'static str> {
    let (mut graph, mut nodes) = (DiGraph::new(), BTreeMap::new());
    for transition in transitions {
        let [from, to] =
            [transition.from, transition.to].map(|state| *nodes.entry(state).or_insert_with(|| graph.add_node(state)));
        graph.add_edge(from, to, transition.event);
    }
    graph
}

fn main() {
    let wanted = std::env::args().nth(1);
    if wanted.as_deref() != Some("--dot") {
        println!("{}", Light::DIAGRAM);
    }
    if wanted.as_deref() != Some("--mermaid") {
        let graph = graph(Light::TRANSITIONS);
        println!("{}", Dot::with_config(&graph, &[Config::RankDir(RankDir::LR)]));
        // A graph can be asked, too. A light that cannot get back to where it was would be a bug.
        assert_eq!(kosaraju_scc(&graph).len(), 1, "every state can be reached from every other");
    }
}
