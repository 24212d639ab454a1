"""The nodes that come with flowengine: one file a type, its folder says the kind."""
