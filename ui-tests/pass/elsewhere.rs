//! The crate re-exported under another path, a server whose callbacks stand in another module, and one that a macro
//! writes.

/// What somebody re-exports.
pub mod vendor {
    pub use behaviour as otp;
}

pub mod account {
    use super::vendor::otp::gen_server;

    /// Money.
    #[gen_server(crate = crate::elsewhere::vendor::otp)]
    pub struct Account {
        pub(crate) cents: u64,
    }

    pub mod callbacks {
        use crate::elsewhere::vendor::otp::prelude::*;

        #[gen_server(crate = crate::elsewhere::vendor::otp)]
        impl super::Account {
            #[init]
            fn init(cents: u64) -> Self {
                Self { cents }
            }

            #[call]
            pub fn balance(&self, cx: &mut Context<Self>) -> u64 {
                let _: super::AccountClient = cx.client();
                self.cents
            }
        }
    }
}

macro_rules! counter {
    ($name:ident, $value:ty, $($add:ident)?) => {
        #[behaviour::gen_server]
        struct $name {
            value: $value,
        }

        #[behaviour::gen_server]
        impl $name {
            #[init]
            fn init(value: $value) -> Self {
                Self { value }
            }

            #[call]
            fn get(&self, cx: &$crate::elsewhere::vendor::otp::server::Context<Self>) -> $value {
                let _ = cx;
                self.value
            }

            $(
                #[cast]
                fn $add(&mut self, by: $value) {
                    self.value += by;
                }
            )?
        }
    };
}

counter!(Counter, i64, add);

#[behaviour::test(crate = crate::elsewhere::vendor::otp, flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_at_home_anywhere() {
    let account = account::Account::start(5).await.unwrap();
    assert_eq!(account.balance().await, Ok(5));
    let counter = Counter::start(1).await.unwrap();
    counter.add(2);
    assert_eq!(counter.get().await, Ok(3));
}
