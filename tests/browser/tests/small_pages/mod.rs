use poem::{
    IntoResponse as _, Response, Route, Server, endpoint::make_sync, get, handler, listener::TcpAcceptor, post,
    web::headers::HeaderMap,
};
use tokio::net::TcpListener;

const PAGE: &str = include_str!("page.html");
const WRONG: &str = "<!doctype html><html lang=en><title>Wrong</title><style>
    p { color: black } @media (prefers-color-scheme: dark) { body { background: black } p { color: #333 } }
    </style><main><h1 style='color: #888'>Wrong</h1><p>Text</p><img id=bare src='data:,'></main>";
const WIDE: &str = "<!doctype html><html lang=en><title>Wide</title><body style='margin: 0'>
    <div id=much class='of it' style='width: 700px'>wide</div>";
const LONG: &str = "<!doctype html><html lang=en><title>Long</title><body style='margin: 0'>
    <div style='height: 3000px'>long</div>";
const SMALL: &str = "<!doctype html><html lang=en><title>Small</title><style>
    * { box-sizing: border-box; padding: 0; border: 0 } .unseen { clip-path: inset(50%) }</style>
    <a id=alone href='#x'>alone</a><p>Part of <a href='#y'>a sentence</a>.</p>
    <button id=low style='width: 80px; height: 23px'>low</button><button id=slim style='width: 23px; height: 80px'></button>
    <button style='width: 24px; height: 24px'>x</button><button disabled style='height: 9px'>off</button>
    <label style='display: block; min-height: 24px'><input type=checkbox style='height: 13px'> with a label</label>
    <input type=checkbox name=box style='width: 13px; height: 13px'><button class=unseen style='height: 9px'>no</button>
    <button hidden>hidden</button><a aria-hidden=true href='#z'>z</a>";
const LIVELY: &str = "<!doctype html><html lang=en><title>Lively</title><style>
    @keyframes turn { to { rotate: 1turn } } #still { transition: none; animation: none 5s }
    @media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth }
    #fades { transition: opacity 1s } #turns::before { content: 'x'; animation: turn 9s infinite } }</style>
    <p id=fades>fades</p><p id=turns>turns</p><p id=still>still</p>";

/// Serves small pages until the test ends, and answers with their address.
pub async fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let html = |text: &'static str| make_sync(move |_| Response::builder().content_type("text/html").body(text));
    let routes = Route::new()
        .at("/", get(page))
        .at("/strict", get(strict))
        .at("/wrong", html(WRONG))
        .at("/wide", html(WIDE))
        .at("/long", html(LONG))
        .at("/small", html(SMALL))
        .at("/lively", html(LIVELY))
        .at(
            "/cookie",
            make_sync(|_| "set".with_header("set-cookie", "secret=of-one; HttpOnly; Path=/").into_response()),
        )
        .at("/echo", post(echo))
        .at("/favicon.ico", make_sync(|_| ()))
        .at(
            "/file",
            post(make_sync(|_| {
                "one\ntwo\n".with_header("content-disposition", "attachment; filename=\"codes.txt\"").into_response()
            })),
        );
    let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
    tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
    base
}

#[handler]
fn page(headers: &HeaderMap) -> Response {
    let languages = headers.get("accept-language").and_then(|value| value.to_str().ok()).unwrap_or_default();
    Response::builder().content_type("text/html").body(PAGE.replace("LANGUAGES", languages))
}

#[handler]
fn strict() -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'";
    Response::builder().content_type("text/html").header("content-security-policy", policy).body(PAGE)
}

#[handler]
async fn echo(body: poem::Body) -> Response {
    let sent = body.into_string().await.unwrap();
    let said = format!("<!doctype html><html lang=en><title>Echo</title><main><h1 id=message>{sent}</h1></main>");
    Response::builder().content_type("text/html").body(said)
}
