msg.payload = msg.payload * 1.8 + 32;
return msg;
