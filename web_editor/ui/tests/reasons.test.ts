import { afterEach, describe, expect, it } from "vitest";
import { reasons } from "../src/i18n/fr/reasons";
import { reasonText, setReasons } from "../src/i18n/reasons";
import { detail } from "../src/screens/AuditScreen";

afterEach(() => setReasons([]));

describe("reasons in French", () => {
  it("say what the engine says", () => {
    setReasons(reasons);
    expect(reasonText("payload lacks do")).toBe("payload : il manque do");
    expect(reasonText("payload.n is too large; at most 10")).toBe("payload.n est trop grand ; au plus 10");
    expect(reasonText("50 is above the greatest value allowed, 40")).toBe(
      "50 dépasse la plus grande valeur permise, 40",
    );
    expect(reasonText("it is 7.0 s old, and valid for 5 s")).toBe("l’ordre a 7.0 s et ne vaut que 5 s");
    expect(reasonText("a is not a number or true or false or null")).toBe(
      "a n’est pas un nombre ou vrai ou faux ou null",
    );
    expect(reasonText("dump is not allowed on this machine; see X")).toBe(
      "dump n’est pas permis sur cette machine; voir X",
    );
    expect(reasonText("payload.n is not a number")).toBe("payload.n n’est pas un nombre");
    expect(reasonText("payload.tags is not a list")).toBe("payload.tags n’est pas une liste");
    expect(reasonText("payload.value is missing (payload has level, unit)")).toBe(
      "payload.value manque (payload contient level, unit)",
    );
  });
  it("say what the audit log adds, and leave what a person wrote", () => {
    setReasons(reasons);
    expect(detail({ action: "log in", detail: "from 127.0.0.1; 3 more before, not listed" })).toBe(
      "depuis 127.0.0.1; 3 de plus avant, non listés",
    );
    expect(detail({ action: "add user", detail: "viewer" })).toBe("lecteur");
    expect(detail({ action: "rollback", detail: "to revision 3. timeout" })).toBe("vers la révision 3. timeout");
    expect(detail({ action: "alarm shelved", detail: "timeout" })).toBe("timeout");
  });
  it("say why a value is bad", () => {
    setReasons(reasons);
    expect(reasonText("BadNodeIdUnknown")).toBe("le serveur n’a pas ce nœud (BadNodeIdUnknown)");
    expect(reasonText("frame checksum")).toBe("somme de contrôle fausse");
    expect(reasonText("no answer within … s")).toBe("pas de réponse en … s");
    expect(reasonText("the controller closed the connection")).toBe("l’automate a fermé la connexion");
    expect(reasonText("the device has no such object")).toBe("l’appareil n’a pas cet objet");
  });
  it("say why a device was not written to", () => {
    setReasons(reasons);
    expect(reasonText("interlock: p is 12.0 s old, at most 5 s are allowed")).toBe(
      "verrouillage : p a 12.0 s, 5 s au plus sont permises",
    );
    expect(reasonText("interlock: meta.p < 6 does not hold")).toBe("verrouillage : meta.p < 6 n’est pas vrai");
    expect(reasonText("not connected: nothing listens at h:502")).toBe("rien n’écoute à h:502");
    expect(reasonText("exception 2: illegal data address")).toBe("exception 2 : l’appareil n’a pas cette adresse");
    expect(reasonText("the engine stopped before it knew; it was not written again")).toBe(
      "le moteur s’est arrêté avant de le savoir; rien n’est écrit une seconde fois",
    );
    expect(reasonText("the device shows 21.5")).toBe("l’appareil montre 21.5");
  });
  it("say what problems there are, never by halves", () => {
    setReasons(reasons);
    const tty = "/dev/ttyESP-GW";
    expect(reasonText(`${tty}: not there`)).toBe(`${tty} n’est pas là`);
    expect(reasonText(`rejects messages: ${tty}: not there`)).toBe(`refuse des messages : ${tty} n’est pas là`);
    expect(reasonText(`connection gateway is not connected: ${tty} is not there`)).toBe(
      `la connexion gateway n’est pas établie : ${tty} n’est pas là`,
    );
    expect(reasonText("rejects messages: frame overflow")).toBe("refuse des messages : trame trop longue");
    expect(reasonText("retrying: not connected: nothing listens at h:1")).toBe("nouvel essai : rien n’écoute à h:1");
  });
  it("say several at once", () => {
    setReasons(reasons);
    expect(reasonText("payload.a is null; meta.b is missing (meta has no keys)")).toBe(
      "payload.a est null; meta.b manque (meta est vide)",
    );
  });
  it("stay as they are where nobody knows them, and in English", () => {
    expect(reasonText("payload lacks do")).toBe("payload lacks do");
    setReasons(reasons);
    expect(reasonText("x is not as tall as a tree")).toBe("x is not as tall as a tree"); // never by halves
    expect(reasonText('ERROR: relation "x" does not exist')).toBe('ERROR: relation "x" does not exist');
  });
});
