pub struct AddTodo {
    title: String,
}
::core::compile_error! {
    "`#[supabase_task]` goes on an `async fn`, found a struct"
}
