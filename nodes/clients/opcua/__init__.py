"""OPC UA from the client's side, on asyncua (LGPL, an extra): imported by nodes only when they run."""
