-- A small shop whose categories are an enum.
CREATE TYPE "Category" AS ENUM ('WOMEN', 'MEN', 'KIDS');
CREATE TABLE "Product" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "category" "Category" NOT NULL,
    "price" DECIMAL(65,30) NOT NULL,
    "published" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "Product_pkey" PRIMARY KEY ("id")
);

INSERT INTO "Product" VALUES ('x2', 'Shirt', 'MEN', 10, true), ('x1', 'Coat', 'MEN', 10, true), ('x3', 'Dress', 'WOMEN', 30, true);
