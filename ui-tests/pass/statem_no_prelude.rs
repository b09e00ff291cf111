//! A machine without the prelude of std, and with every path written out.

#![no_implicit_prelude]

#[::behaviour::gen_statem(state)]
#[derive(::std::fmt::Debug, ::std::clone::Clone, ::std::default::Default)]
enum Light {
    #[default]
    Red,
    Green {
        cars: ::std::option::Option<u8>,
    },
}

#[::behaviour::gen_statem(Light)]
struct Crossing {
    served: u8,
}

#[::behaviour::gen_statem(Light)]
impl Crossing {
    #[init]
    fn init() -> ::std::option::Option<(Self, ::behaviour::machine::Next<(Red, Green)>)> {
        ::std::option::Option::Some((Self { served: 0 }, ::behaviour::machine::Next::to(Red)))
    }

    #[call(change)]
    async fn go(&mut self, _: Red, cars: u8) -> (::std::result::Result<Green, ::std::fmt::Error>, u8) {
        (::std::result::Result::Ok(Green { cars: ::std::option::Option::Some(cars) }), self.served)
    }

    #[call(change)]
    fn halt(&mut self, green: Green, _: u8, cx: &mut ::behaviour::server::Context<Self>) -> (Light, u8) {
        if let ::std::option::Option::Some(cars) = green.cars {
            self.served += cars;
        }
        cx.next_event(Tick);
        (<Light as ::std::default::Default>::default(), self.served)
    }

    #[cast]
    fn wait(
        &mut self,
        light: &mut Light,
        for_what: ::std::string::String,
        cx: &mut ::behaviour::server::Context<Self>,
    ) {
        let _ = (for_what, light);
        cx.postpone();
    }

    #[internal(else = ignore)]
    fn tick(&mut self, _: &Red, _: Tick) {
        self.served += 1;
    }

    #[info]
    fn down(&mut self, _: &Light, _: ::behaviour::process::Down) {}

    #[state_timeout(1h)]
    fn late(&mut self, _: Red) -> Green {
        Green { cars: ::std::option::Option::None }
    }

    #[terminate]
    fn close(&mut self, light: &Light, reason: ::behaviour::process::ExitReason) {
        let _ = (light, reason);
    }
}

struct Tick;

#[::behaviour::test]
async fn no_state_is_taken_from_a_prelude() {
    let crossing = Crossing::start().await;
    let ::std::result::Result::Ok(crossing) = crossing else { ::std::panic!("the machine starts") };
    crossing.wait(::std::string::ToString::to_string("nothing"));
    ::std::assert_eq!(crossing.change(2).await, ::std::result::Result::Ok(0));
    ::std::assert_eq!(crossing.change(2).await, ::std::result::Result::Ok(2));
    ::std::assert_eq!(crossing.change(2).await, ::std::result::Result::Ok(3));
}
