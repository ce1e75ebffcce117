use fantoccini::wd::WindowHandle;

use crate::Page;

/// One of the tabs of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab(WindowHandle);

impl Page {
    /// The tab in front.
    pub async fn tab(&self) -> Tab {
        let window = self.client.window().await;
        Tab(self.sure("asking for the tab in front", window).await)
    }

    /// Opens a tab and brings it to the front.
    pub async fn open_tab(&self) -> Tab {
        let opened = self.client.new_window(true).await;
        let opened = self.sure("opening a tab", opened).await;
        let tab = Tab(opened.handle);
        self.bring_to_front(&tab).await;
        self.put_in_view().await;
        tab
    }

    pub async fn bring_to_front(&self, tab: &Tab) {
        let switched = self.client.switch_to_window(tab.0.clone()).await;
        self.sure("bringing a tab to the front", switched).await;
    }
}
