"""Where videos come from: finding, fetching and probing sources, and cutting clips out of them."""
