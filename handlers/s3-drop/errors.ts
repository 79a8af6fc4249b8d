/** An object that cannot be read however often it is tried: it goes to quarantine by reference. */
export class UnreadableObject extends Error {
  override name = "UnreadableObject";
}

/** The object is another one than when its reading began. */
export class ChangedObject extends Error {
  override name = "ChangedObject";
}
