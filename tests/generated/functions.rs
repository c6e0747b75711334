//! Functions called with their typed arguments.

use serde_json::json;
use supabase_task::client::types::Numeric;

use crate::database::{
    AddArguments, AddArguments2, Address, EchoArguments, ExtremesArguments, ForgetArguments,
    HelloArguments, HomeOfArguments, LongNamesArguments, MatchArguments, Mood,
    NewestSampleArguments, PricesArguments, Samples, SamplesInsert, SamplesOfArguments,
    SumOfArguments, TitlesArguments, TotalArguments, TwoResultsArguments,
};
use crate::{sample, start};

#[tokio::test]
async fn single_values_come_as_they_are() {
    let (stack, service) = start().await;
    let older_than = "1 day".to_owned();

    let sum = service.call(&AddArguments { a: 2, b: Some(3) }).await;
    assert_eq!(sum.unwrap(), 5);
    // With the database's default for an argument.
    let sum = service.call(&AddArguments { a: 2, b: None }).await;
    assert_eq!(sum.unwrap(), 3);
    let [a, b, separator] = ["a", "b", "-"].map(str::to_owned);
    let joined = service.call(&AddArguments2 { a, b, separator }).await;
    assert_eq!(joined.unwrap(), "a-b");
    assert_eq!(service.call(&HelloArguments).await.unwrap(), "hello");
    service.call(&ForgetArguments { older_than }).await.unwrap();
    let mood = service.call(&MatchArguments { r#type: Mood::Sad }).await;
    assert_eq!(mood.unwrap(), Mood::Sad);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn rows_and_composite_values_are_read() {
    let (stack, service) = start().await;
    let home = Address {
        street: Some("Ring".to_owned()),
        zip_code: None,
        r#type: None,
        rent: Some(Numeric::from("900.50")),
    };
    let rows = [
        sample("a", "1.25"),
        SamplesInsert {
            home: Some(home.clone()),
            ..sample("b", "20")
        },
    ];
    service.table::<Samples>().insert(&rows).await.unwrap();

    let newest = service.call(&NewestSampleArguments).await.unwrap();
    assert_eq!(
        (newest.title.as_str(), newest.price.as_str()),
        ("b", "20.0000")
    );
    let feeling = Mood::SoSo;
    let samples = service.call(&SamplesOfArguments { feeling }).await.unwrap();
    assert_eq!(samples.len(), 2);
    assert_eq!(samples[0].price, "1.2500");
    assert_eq!(service.call(&TitlesArguments).await.unwrap(), ["a", "b"]);
    let total = service.call(&TotalArguments).await.unwrap();
    assert_eq!(total.to_string().parse(), Ok(21.25));

    let at_least = Some("2".to_owned());
    let prices = service.call(&PricesArguments { at_least }).await.unwrap();
    assert_eq!(prices.len(), 1);
    let price = prices[0].price.as_ref().map(Numeric::as_str);
    assert_eq!(price.map(str::parse), Some(Ok(20.0)));
    let extremes = service.call(&ExtremesArguments).await.unwrap();
    let lowest = extremes.lowest.as_ref().map(Numeric::as_str);
    assert_eq!(lowest.map(str::parse), Some(Ok(1.25)));
    assert_eq!(extremes.r#type.as_deref(), Some("price"));
    let long = service.call(&LongNamesArguments).await.unwrap();
    let second = long.a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database;
    assert!(second.is_some());
    let sample = newest.id;
    let read = service.call(&HomeOfArguments { sample }).await.unwrap();
    assert_eq!(read.street, home.street);
    // `LocalSupabase` treats trailing zeros in function results in its own way.
    let rent = read.rent.map(|rent| rent.as_str().parse());
    assert_eq!(rent, Some(Ok(900.5)));
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn arguments_and_results_without_names_and_any_number_of_them() {
    let (stack, service) = start().await;
    let numbers = vec![1, 2, 3];
    let sum = service.call(&SumOfArguments { numbers }).await;
    assert_eq!(sum.unwrap(), 6);
    let two = service.call(&TwoResultsArguments { a: 2 }).await.unwrap();
    assert_eq!((two.column1, two.column2.as_deref()), (Some(3), Some("b")));
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_single_argument_without_a_name_is_the_body() {
    let (stack, service) = start().await;
    let sent = json!({ "a": [1, "b"] });
    let echoed = service.call(&EchoArguments(sent.clone())).await.unwrap();
    assert_eq!(echoed, sent);
    stack.shutdown().await.unwrap();
}
