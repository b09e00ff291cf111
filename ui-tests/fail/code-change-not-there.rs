use behaviour::prelude::*;

#[gen_server]
struct Account;

#[gen_server]
impl Account {
    #[init]
    fn init() -> Self {
        Self
    }
}

#[gen_server]
struct Shop;

#[gen_server]
impl Shop {
    #[init]
    fn init() -> Self {
        Self
    }

    #[code_change]
    fn reset(&mut self, goods: u64) {}
}

async fn changes(account: AccountClient, shop: ShopClient) {
    let _ = account.sys().change_code(5).await;
    let _ = account.sys().change_code(Account::upgrade()).await;
    let _ = account.sys().change_code(Shop::upgrade(1)).await;
    let _ = shop.sys().change_code(Shop::upgrade("many")).await;
}

fn main() {}
